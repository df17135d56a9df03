"""Settings of jit=batch that make rare things common. Guest tests, random programs and boots use them."""

# What each changes: keys of -accel, and those in TEST_KEYS, which are of -test.
SETTINGS = {
    "single": {"batch": 1},  # every TB a module of its own
    "large": {"batch": 4096, "wait": 10000000},
    "eager": {"threshold": 1},
    "compaction": {"compact": 2, "wait": 1},  # all the time
    "cache": {"code-cache": "64K"},
    "trampoline": {"link": "none"},  # also what engines without tail calls get
    "slots": {"link": "slot"},
    "inline": {"compile": "inline"},
    "worker": {"worker-after": 0},  # from the first batch
    "refusals": {"refuse": 200},  # every fifth module
    "plain": {"region": 1, "first": 1},
    "regions": {"region": 128, "first": 64, "samples": 1, "threshold": 1},
    "instances": {"max-instances": 16},
    "moves": {"compact-words": 64},  # bytecode moves after a few TBs were retired
}
TEST_KEYS = ("refuse", "compact-words")

# Guest tests and random programs run too short for the defaults.
SHORT = "tcg,jit=batch,threshold=2,wait=100,samples=2"


def with_keys(accel, keys):
    """A value of -accel with other keys."""
    words = dict(word.split("=", 1) for word in accel.split(",")[1:])
    words.update((key.replace("_", "-"), value) for key, value in keys.items())
    return "tcg," + ",".join("%s=%s" % item for item in words.items())


def apply(name, accel):
    """(the value of -accel, more options)"""
    keys = dict(SETTINGS[name])
    test = ["%s=%d" % (key, keys.pop(key)) for key in TEST_KEYS if key in keys]
    return with_keys(accel or "tcg,jit=batch", keys), ["-test", ",".join(test)] if test else []


def chosen(seed, n):
    """n of the names, others with each seed."""
    names = sorted(SETTINGS)
    return [names[(seed + k * 5) % len(names)] for k in range(n)]
