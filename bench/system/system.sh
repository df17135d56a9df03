# The system work, in the guest; bench/lib/workloads.py says what each has to print. Counts are chosen so that each takes
# native QEMU about half a second.
task() {
    name=$1
    shift
    /bench/tasks time "$name" "$@"
}

cd /tmp
task fork_exec /bench/tasks fork 100 /bin/busybox true
task shell_loop /bin/sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; echo $i'
task pipe /bench/tasks pipe 5000
task system_call /bench/tasks call 200000
task page_fault /bench/tasks fault 16384
/bench/tasks data 4194304 >data
task gzip /bin/sh -c 'gzip -c data >data.gz && wc -c <data.gz'
task gunzip /bin/sh -c 'gunzip -c data.gz >again && wc -c <again'
if cmp data again; then
    echo '@same'
fi
# How many there are depends on the machine: the time is for each.
task find /bin/sh -c 'find /sys /proc -xdev 2>/dev/null | wc -l'
