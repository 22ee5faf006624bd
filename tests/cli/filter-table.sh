# What filters take out, and the list of them, as people see it on a terminal.
for width in 80 120; do
    echo "# $width columns"
    python3 "$TERMINAL" $width spx-filter -q golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' -t '*.1.*'
    python3 "$TERMINAL" $width spx-filter --list | head -n 6
done
echo "# what is in a folder is not written over"
mkdir base edited && cp golden/change-base.safetensors base/model.safetensors && cp golden/change-edited.safetensors edited/model.safetensors
mkdir full empty && echo earlier > full/notes.txt
for out in full empty base edited new; do spx-filter -q base edited -t '*.0.*' -o $out > /dev/null; echo "$out: $?"; done
ls full empty new
