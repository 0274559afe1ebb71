# table.awk -- a summary for people; only=NAME: that workload alone.

BEGIN { FS = "\t" }

function ms(v) {
    return v < 10 ? sprintf("%.2f ms", v) : v < 1000 ? sprintf("%.0f ms", v) : \
        sprintf("%.2f s", v / 1000)
}

only && $1 != only { next }

$1 != last {
    printf "\n%s: %s (%d runs)\n", $1, $17, $3
    printf "  %-12s %9s %9s %9s   %6s %6s %6s   %9s %9s", "", "min", "median", "max", "ratio", \
        "median", "max", "cpu", "peak"
    printf $13 == "-" ? "\n" : "   trips      bytes\n"
    last = $1
}

{
    printf "  %-12s %9s %9s %9s   %6.2f %6.2f %6.2f   %9s %5.1f MiB", $2, ms($4), ms($5), ms($6), \
        $7, $8, $9, ms($10), $11 / 1024
    if ($13 != "-")
        printf "  %6d %10d", $13 - $12, $14 + $15
    if ($2 == "moonbird" && $16 != "-")
        printf "  target %.2f%s", $16, $8 <= $16 ? "" : ", missed"
    print ""
}
