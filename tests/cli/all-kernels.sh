# OpenBLAS multiplies with kernels for the processor, also where it does not know it; what the environment says takes precedence.
stats() { spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 128 --window 64 --layers 1 -q -o "$1.h5" > table; h5dump -a /blas "$1.h5" | sed -n 's|.*/ \(.*\)"|\1|p'; }
unset OPENBLAS_CORETYPE
stats own > kernels
grep -q avx2 /proc/cpuinfo || echo none > kernels # such a processor may be served by no others
grep -c Prescott kernels
export OPENBLAS_CORETYPE=Prescott
stats given
