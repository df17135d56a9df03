/*
 * The compile worker: a thread that does jobs, and then has the engine compile what it made.
 * Engines share compiled code between threads by the bytes of a module, so the hart's thread finds
 * all of it done when it makes the same module.
 *
 * The thread is the host's if that has one to spare (host_defer()), else one of its own.
 *
 * One job at a time: it belongs to the worker from worker_post() until worker_result() returns it.
 */
#include <pthread.h>

#include "runtime/host.h"
#include "runtime/jit-internal.h"

struct JitWorker {
    Jit *jit;
    JobContext context;
    uint8_t *dummy; /* an env with no budget */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    JitJob *job;  /* to do, or being done */
    JitJob *done; /* written under the lock, looked at without it */
    bool ready;   /* it runs: under JavaScript a thread takes a tenth of a second to start */
    bool own;     /* it has a thread of its own */
    bool quit;
};

/*
 * First calls, against a table of the worker's own. Where all is linked again many functions will
 * not run any more: those that do are compiled when they are called.
 */
static void prepare(JitWorker *w, const JitJob *job)
{
    g_autofree uint64_t *addresses = g_new(uint64_t, job->module->imports->len);
    g_autofree uint32_t *slots = g_new(uint32_t, job->objects->len);
    unsigned n = 0, nb_calls = 0;

    for (unsigned k = 0; k < job->module->imports->len; k++) {
        addresses[k] = w->jit->imports[g_array_index(job->module->imports, uint32_t, k)].address;
    }
    for (unsigned k = 0; k < job->objects->len; k++) {
        const JobObject *o = &g_array_index(job->objects, JobObject, k);
        if (o->obj) {
            slots[n++] = w->jit->table_slot[o->key];
            nb_calls += o->n != 0;
        }
    }
    jit_host_prepare(job->module->bytes->data, job->module->bytes->len, addresses,
                     job->module->imports->len, slots, n, nb_calls ? w->dummy : NULL);
}

static void do_job(void *opaque)
{
    JitWorker *w = opaque;
    JitJob *job = w->job;

    job_run(&w->context, job);
    if (job->module) {
        prepare(w, job);
    }
    pthread_mutex_lock(&w->lock);
    w->job = NULL;
    __atomic_store_n(&w->done, job, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void do_nothing(void *opaque) {}

static void *worker_main(void *opaque)
{
    JitWorker *w = opaque;

    __atomic_store_n(&w->ready, true, __ATOMIC_RELEASE);
    pthread_mutex_lock(&w->lock);
    while (!w->quit) {
        if (!w->job) {
            pthread_cond_wait(&w->changed, &w->lock);
            continue;
        }
        pthread_mutex_unlock(&w->lock);
        do_job(w);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

JitWorker *worker_start(Jit *jit)
{
    JitWorker *w = g_new0(JitWorker, 1);

    w->jit = jit;
    w->dummy = g_malloc0(CPU_TEMPS_OFFSET);
    job_context_init(&w->context, jit);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    w->ready = host_defer(do_nothing, NULL);
    w->own = !w->ready;
    if (w->own && pthread_create(&w->thread, NULL, worker_main, w) != 0) {
        job_context_clear(&w->context);
        g_free(w->dummy);
        g_free(w);
        return NULL;
    }
    return w;
}

void worker_stop(JitWorker *w)
{
    pthread_mutex_lock(&w->lock);
    w->quit = true;
    pthread_cond_broadcast(&w->changed);
    while (!w->own && w->job) {
        pthread_cond_wait(&w->changed, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    if (w->own) {
        pthread_join(w->thread, NULL);
    }
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->changed);
    job_context_clear(&w->context);
    g_free(w->dummy);
    g_free(w);
}

bool worker_ready(JitWorker *w)
{
    return __atomic_load_n(&w->ready, __ATOMIC_ACQUIRE);
}

void worker_post(JitWorker *w, JitJob *job)
{
    pthread_mutex_lock(&w->lock);
    w->job = job;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    if (!w->own) {
        host_defer(do_job, w);
    }
}

JitJob *worker_result(JitWorker *w, bool wait)
{
    JitJob *job;

    if (!wait && !__atomic_load_n(&w->done, __ATOMIC_ACQUIRE)) {
        return NULL;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->done) {
        pthread_cond_wait(&w->changed, &w->lock);
    }
    job = w->done;
    w->done = NULL;
    pthread_mutex_unlock(&w->lock);
    return job;
}
