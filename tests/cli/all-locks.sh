# File systems without locks (network file systems, by strace): everything is written and read, with one note in a
# process; where locks are forced on HDF5, its refusal is told as the system's, not as a damaged file.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}${ASAN_OPTIONS:+:}detect_leaks=0" # leaks cannot be looked for under strace
command -v strace > table || { echo "without strace this case cannot refuse locks"; exit 77; }
under() { # ERROR COMMAND
    strace -f -o log -e trace=flock -e inject=flock:error="$1" sh -c "$2"; echo "$?"
}
spx-spectrum data/tiny.gguf -o good.h5
for e in ENOLCK ENOSYS EOPNOTSUPP; do
    echo "# $e"
    under $e "spx-spectrum data/tiny.gguf -t '*.1.*' -o $e.tsv"
    under $e "spx-spectrum data/tiny.gguf -o $e.h5"
    under $e "spx-snapshot data/tiny.gguf --stage more -o $e.h5 && spx-snapshot data/tiny.gguf --stage again -q -o $e.h5"
    under $e "spx-compare golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' -o $e-c.h5 --shard 1/1 && spx-merge $e-c.h5.1of1 -o $e-c.h5"
    under $e "spx-info -q $e.h5#more | wc -l; spx-info -q --check good.h5 $e-c.h5; spx-plot spectrum good.h5 -q > table"
    grep -c flock log # reading takes no locks at all
done
cmp ENOLCK.tsv ENOSYS.tsv && cmp ENOLCK.tsv EOPNOTSUPP.tsv && ls
under EIO "spx-spectrum data/tiny.gguf -o other.h5"
under ENOLCK "HDF5_USE_FILE_LOCKING=TRUE spx-info --check good.h5"
echo "# a folder that is read only"
mkdir there && cp good.h5 there && chmod 555 there && chmod 444 there/good.h5
spx-info --check there/good.h5; echo $?
chmod 755 there
echo "# a folder that cannot be synced: the file is there, and that is said"
strace -f -o log -e trace=fsync -e inject=fsync:error=EIO:when=2 spx-spectrum data/tiny.gguf -q -o synced.h5; echo $?
strace -f -o log -e trace=fsync -e inject=fsync:error=EIO:when=2 spx-info data/tiny.gguf -q -o synced.tsv; echo $?
spx-info --check synced.h5 && spx-info data/tiny.gguf -q | cmp - synced.tsv
strace -f -o log -e trace=fsync -e inject=fsync:error=EIO:when=1 spx-info data/tiny.gguf -q -o lost.tsv; echo $?; ls ./lost* 2> err || echo "nothing is left"
strace -f -o log -e trace=ftruncate -e inject=ftruncate:error=ENOSPC spx-info data/tiny.gguf -q -o lost.tsv; echo $?; ls ./lost* 2> err || echo "nothing is left"
