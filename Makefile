# Only forwards: configure sets up, ninja builds, scripts fetch, tests/run tests. Each target does all the set-up that
# it needs, so on a fresh Debian 12 machine `make boot` and `make check` are enough.

BOOT = build/weft -m 512M -nographic -kernel build/guest/Image -initrd build/guest/initramfs.cpio.gz \
	-append 'console=ttyS0 cryptomgr.notests'

all: guest

help:
	@echo 'make boot        build, fetch the guest and boot it under Node.js (Ctrl-A x leaves)'
	@echo 'make check       the tests, a sample of each kind; make check-long: the full counts'
	@echo 'make guest       build/weft, build/weft-native and the guest in build/guest'
	@echo 'make native      only build/weft-native;  make wasm: only build/weft'
	@echo 'make web         the web page and the ES module in build/web; build/serve shows it; make web64 web: memory64 too'
	@echo 'make sanitizers  the native build with ASan and UBSan;  make tsan: with ThreadSanitizer'
	@echo 'make wasm64      the memory64 build'
	@echo 'make bench       the benchmarks, modes and peers side by side; make bench-quick: the key ratios;'
	@echo '                 make bench-deps: the peers'
	@echo 'make format      clang-format on all C sources'
	@echo 'make clean       removes what was compiled;  make distclean: all of build/'

guest: native wasm guest-image

native:
	@./configure
	@ninja -C build/native runtime/weft-native

sanitizers:
	@./configure --enable-sanitizers
	@ninja -C build/native-san runtime/weft-native

tsan:
	@./configure --enable-tsan
	@ninja -C build/native-tsan runtime/weft-native

wasm:
	@./configure --cpu=wasm64 --enable-wasm64-32bit-address-limit
	@ninja -C build/wasm64l runtime/weft-node.js

web: guest-image
	@./configure --cpu=wasm64 --enable-wasm64-32bit-address-limit
	@ninja -C build/wasm64l runtime/weft-threads.mjs runtime/weft-single.mjs
	@scripts/web.sh

web64:
	@./configure --cpu=wasm64
	@ninja -C build/wasm64 runtime/weft-threads.mjs runtime/weft-single.mjs

wasm64:
	@./configure --cpu=wasm64
	@ninja -C build/wasm64 runtime/weft-node.js

guest-image:
	@scripts/packages.sh guest
	@scripts/guest/build.sh build/guest

boot: guest
	@$(BOOT)

check-setup: guest web sanitizers
	@scripts/packages.sh check

check: check-setup
	@tests/run --sample

check-long: web64 check-setup wasm64 tsan
	@tests/run --full

bench-deps:
	@scripts/bench/deps.sh

# The machine should do nothing else meanwhile. ROUNDS=, BENCH_FULL=1 and BENCH='--only cpu --contender batch' choose.
bench: guest wasm64 web
	@scripts/packages.sh check
	@bench/run.py $(BENCH)

bench-quick: guest
	@scripts/packages.sh check
	@bench/run.py --quick --json build/bench/quick.json $(BENCH)

format:
	@scripts/packages.sh check
	@find $(wildcard bench fpu hw linker runtime target tcg tests) -name '*.[ch]' -exec clang-format -i {} +

clean:
	@for d in build/*/build.ninja; do [ ! -e "$$d" ] || ninja -C "$${d%/*}" clean; done

distclean:
	rm -rf build

.PHONY: all help guest native sanitizers tsan wasm wasm64 web web64 guest-image boot check-setup check check-long \
	bench bench-quick bench-deps format clean distclean
