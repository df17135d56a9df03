#!/bin/sh
# Checks that the C sources are formatted as .clang-format says (clang-format 14, Debian 12's). Prints TAP, one
# line a file. `make format` puts it right.
set -u
cd "$(dirname "$0")/.." || exit 1

tool=
for name in clang-format-14 clang-format; do
    if command -v $name >/dev/null && $name --version | grep -q 'version 14\.'; then
        tool=$name
        break
    fi
done
if [ -z "$tool" ]; then
    echo "1..0 # SKIP no clang-format of version 14 (Debian 12's package clang-format)"
    exit 0
fi

list=$(git ls-files -- '*.c' '*.h' 2>/dev/null)
[ -n "$list" ] || list=$(find fpu hw linker runtime target tcg tests bench -name '*.[ch]' 2>/dev/null | sort)
n=0
failed=0
for file in $list; do
    [ -e "$file" ] || continue
    n=$((n + 1))
    if $tool --dry-run -Werror --style=file "$file" 2>/dev/null; then
        echo "ok $n - $file"
    else
        echo "not ok $n - $file"
        $tool --style=file "$file" | diff -u "$file" - | head -n 12 | sed 's/^/#   /'
        failed=1
    fi
done
echo "1..$n"
exit $failed
