# What has become of dominant subspaces, worst first, as people see it on a terminal.
one=golden/change-base.safetensors two=golden/change-edited.safetensors
cp $two again.safetensors
for width in 80 120; do
    echo "# $width columns"
    python3 "$TERMINAL" $width spx-compare -q $one $two again.safetensors 2> /dev/null | grep -v '^spx-compare: '
done
echo "# colours, where the terminal has them"
colours() { NO_COLOR=$1 TERM=$2 python3 "$TERMINAL" 80 spx-compare -q $one $two -t '*.0.*' | tail -n 2 | od -c | grep -c 033; }
colours '' xterm; colours 1 xterm; colours '' dumb; colours '' ''
NO_COLOR='' TERM=xterm python3 "$TERMINAL" 80 spx-compare -q $one $two -t '*.0.*' | tail -n 2 | sed 's/\x1b/ESC/g'
echo "# a run file, too, is told about"
python3 "$TERMINAL" 80 spx-compare -q $one again.safetensors -t '*.0.*' -o run.h5; echo "$?"; ls run*
spx-compare -q $one again.safetensors -t '*.0.*' -o piped.h5; echo "$?"
spx-compare -q $one again.safetensors -t '*.0.*' -o piped.h5; echo "$?"
echo "# every number, a row each; a row a tensor in a pipe, with every number"
python3 "$TERMINAL" 80 spx-compare -q $one $two -t '*.0.*' --long | head -n 4
spx-compare -q $one $two -t '*.0.*' --wide > wide; head -n 1 wide | tr '\t' '\n' | wc -l; cut -f 1-8 wide
spx-compare -q $one $two -t '*.0.*' > long; python3 "$TERMINAL" 80 spx-compare -q $one $two -t '*.0.*' --tsv | cmp - long && echo "--tsv as in a pipe"
spx-compare -q $one $two --wide --long; echo "$?"
