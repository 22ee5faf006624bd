# Matrices of several panels and blocks, sparse on disk: the rank of a change is counted across them.
make() { # FILE ROWS COLS ROW,COLUMN...
    file=$1 rows=$2 cols=$3 header="{\"w\":{\"dtype\":\"BF16\",\"shape\":[$2,$3],\"data_offsets\":[0,$(($2 * $3 * 2))]}}"
    shift 3
    printf '%b%s' "\\0$(printf %o ${#header})\\0\\0\\0\\0\\0\\0\\0" "$header" > "$file"
    truncate -s $((8 + ${#header} + rows * cols * 2)) "$file"
    for at; do # 1.0 is the bytes 80 3f
        printf '\200\077' | dd of="$file" bs=1 seek=$((8 + ${#header} + (${at%,*} * cols + ${at#*,}) * 2)) conv=notrunc 2> /dev/null
    done
}
make zero 512 40000
make wide 512 40000 0,7 0,39999 511,7 511,39999 300,20000 430,1 # rows 0 and 511 lie in two blocks and are one direction
spx-info zero wide
rm zero wide
make zero 40000 512
make tall 40000 512 7,0 39999,0 7,511 39999,511 20000,300 1,430
spx-info zero tall
