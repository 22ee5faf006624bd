#!/bin/sh
# debian.sh BUILD [ROOT]: packs BUILD (a release build) as a Debian package, has lintian read it, installs it in a bare
# Debian (made by debootstrap; ROOT: one that is there, which is left as it was found), runs tools there, removes the
# package and lists what it left behind. Needs root, the network, debootstrap and lintian; without them status 77.
set -eu
build=$(cd "$1" && pwd) here=$(cd "$(dirname "$0")/../.." && pwd)
[ "$(id -u)" = 0 ] || { echo "debian.sh: not root; skipped" >&2; exit 77; }
for tool in cpack debootstrap lintian dpkg-shlibdeps; do
    command -v $tool > /dev/null || { echo "debian.sh: $tool is missing; skipped" >&2; exit 77; }
done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
(cd "$build" && cpack -G DEB -B "$work/packed") > "$work/log" || { cat "$work/log"; exit 1; }
deb=$(echo "$work"/packed/*.deb)
dpkg-deb --info "$deb" | grep -v '^ new\|^ size\|bytes,'
echo "$(wc -c < "$deb") bytes, $(dpkg-deb --contents "$deb" | wc -l) files"
lintian --fail-on error --allow-root "$deb"

root=${2:-$work/root}
suite=$(sed -n s/^VERSION_CODENAME=//p /etc/os-release)
[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase "$suite" "$root" > "$work/log" || { tail "$work/log"; exit 1; }
cp "$deb" "$root/tmp/spx.deb"
cp "$here/tests/data/tiny.gguf" "$root/tmp"
# /proc is not mounted there, as in many a container.
inside() { chroot "$root" env PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive HOME=/root "$@"; }
files() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/log \) -prune -o -print | sort); }
inside apt-get update -qq
# What the package needs comes first, so that only its own files lie between the two lists.
inside sh -c "apt-get install -y -qq --no-install-recommends \$(dpkg-deb --field /tmp/spx.deb Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,//g')" > "$work/log" 2>&1 || { tail "$work/log"; exit 1; }
! inside dpkg --status spx > "$work/log" 2>&1 || inside dpkg --purge spx > "$work/log" # of a run that was broken off
files > "$work/before"
inside apt-get install -y -qq --no-install-recommends /tmp/spx.deb > "$work/log" 2>&1 || { tail "$work/log"; exit 1; }
inside spx --version
inside spx info /tmp/tiny.gguf > "$work/out"
# shellcheck disable=SC2016
inside sh -c 'cd /tmp && spx-spectrum tiny.gguf -o run.h5 && spx-eval tiny.gguf --perplexity "$(spx --data)/datasets/wikitext-2-test.txt" --tokens 256 --window 128'
inside sh -c 'ldconfig -p | grep libspx'
inside dpkg --verify spx
inside apt-get purge -y -qq spx > "$work/log" 2>&1 || { tail "$work/log"; exit 1; }
files > "$work/after"
rm -f "$root/tmp/run.h5" "$root/tmp/spx.deb" "$root/tmp/tiny.gguf"
if diff "$work/before" "$work/after"; then echo "removed; nothing is left behind"; else exit 1; fi
