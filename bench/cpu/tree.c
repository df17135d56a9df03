/* A binary search tree with random keys: insertions, look-ups, a walk; loads that depend on each
 * other. */
#include "bench.h"

enum { NODES = 100000, LOOKUPS = 1300000 };

typedef struct Node {
    struct Node *left, *right;
    uint32_t key, hits;
} Node;

static Node nodes[NODES];
static uint32_t nb_nodes;

NOINLINE static Node *insert(Node **at, uint32_t key)
{
    while (*at && (*at)->key != key) {
        at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    }
    if (!*at) {
        *at = &nodes[nb_nodes++];
        (*at)->key = key;
    }
    return *at;
}

NOINLINE static Node *find(Node *node, uint32_t key)
{
    while (node && node->key != key) {
        node = key < node->key ? node->left : node->right;
    }
    return node;
}

NOINLINE static uint64_t walk(const Node *node, uint64_t sum)
{
    while (node) {
        sum = walk(node->left, sum);
        sum = mix(sum, (uint64_t)node->key << 32 | node->hits);
        node = node->right;
    }
    return sum;
}

uint64_t bench(void)
{
    uint64_t seed = opaque(7), found = 0;
    Node *root = 0;

    for (int i = 0; i < NODES; i++) {
        insert(&root, next_random(&seed) >> 46);
    }
    for (int i = 0; i < LOOKUPS; i++) {
        Node *node = find(root, next_random(&seed) >> 46);
        if (node) {
            node->hits++;
            found++;
        }
    }
    return walk(root, found);
}
