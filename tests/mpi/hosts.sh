#!/bin/sh
# hosts.sh BIN ROOT: two ranks on two hosts (network namespaces joined by a veth pair) write what one process writes.
# Needs root and iproute2; run by hand.
set -u
bin=$(realpath "$1") root=$(realpath "$2") bad=0
if [ "$(id -u)" != 0 ] || ! command -v ip mpirun h5diff > /dev/null; then echo "hosts.sh: needs root, ip, mpirun and h5diff"; exit 77; fi
dir=$(mktemp -d) && cd "$dir" || exit 1
a=spx-a-$$ b=spx-b-$$
trap 'ip netns del $a; ip netns del $b; rm -rf "$dir"' EXIT
for host in $a $b; do ip netns add "$host" && ip -n "$host" link set lo up || exit 1; done
ip link add wire netns $a type veth peer name wire netns $b
ip -n $a addr add 10.83.0.1/24 dev wire && ip -n $a link set wire up
ip -n $b addr add 10.83.0.2/24 dev wire && ip -n $b link set wire up
cat > agent << A
#!/bin/sh
shift
exec ip netns exec $b unshare -u sh -c "hostname $b; \$*"
A
chmod +x agent
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
hosts() {
    # shellcheck disable=SC2016
    ip netns exec $a unshare -u sh -c 'hostname "$1"; shift; exec "$@"' sh $a mpirun --mca plm_rsh_agent "$dir/agent" \
        --mca oob_tcp_if_include 10.83.0.0/24 --mca btl_tcp_if_include 10.83.0.0/24 --mca btl self,tcp -H 10.83.0.1,10.83.0.2 -n 2 "$@"
}
same() { # NAME: run files, except for the command lines in them
    h5diff "one-$1.h5" "two-$1.h5" | grep -v -e '<history of' -e 'differences found' && bad=1
    [ -e "two-$1.h5" ] || bad=1
}
[ "$(hosts hostname | sort | uniq | wc -l)" = 2 ] || { echo "not two hosts"; exit 1; }
spectrum() { "$@" "$bin/spx-spectrum" "$root/tests/golden/change-base.safetensors" --all -o "$name-spectrum.h5"; }
evaluate() {
    "$@" "$bin/spx-eval" "$root/tests/data/tiny.gguf" --unedited "$root/tests/data/tiny.gguf" --facts "$root/datasets/zsre-400.json" --count 40 \
        --perplexity "$root/datasets/wikitext-2-test.txt" --tokens 4096 --window 128 --stage a -o "$name-eval.h5" > "$name.txt"
}
name=one && spectrum env && evaluate env || bad=1
name=two && spectrum hosts && evaluate hosts || bad=1
same spectrum && same eval
cmp one.txt two.txt || bad=1
[ $bad = 0 ] && echo "two hosts write what one process writes"
exit $bad
