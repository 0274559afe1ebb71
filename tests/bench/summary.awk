# summary.awk -- runs.tsv, a line for each run, to a line for each workload and side:
#
#     workload side runs
#     wall: min median max        ratio to the first side: min median max
#     cpu, peak: medians          connections trips sent received: medians
#     target title
#
# A ratio is of two runs that came after one another.

BEGIN { FS = OFS = "\t" }

{
    key = $1 OFS $3
    if (!(key in count)) {
        order[++keys] = key
        if (!($1 in base))
            base[$1] = $3
    }
    n = ++count[key]
    wall[$1, $2, $3] = value[key, "wall", n] = $4
    value[key, "ratio", n] = $4 / wall[$1, $2, base[$1]]
    value[key, "cpu", n] = $5
    value[key, "peak", n] = $6
    value[key, "connections", n] = $7
    value[key, "trips", n] = $8
    value[key, "sent", n] = $9
    value[key, "received", n] = $10
    target[key] = $11
    title[key] = $12
}

# The values of a column, sorted, into `sorted`.
function sort(key, column, i, j, v) {
    for (i = 1; i <= count[key]; i++) {
        v = value[key, column, i]
        for (j = i - 1; j > 0 && sorted[j] + 0 > v + 0; j--)
            sorted[j + 1] = sorted[j]
        sorted[j + 1] = v
    }
}
function median(key, column) {
    sort(key, column)
    return sorted[int((count[key] + 1) / 2)]
}
function spread(key, column) {
    sort(key, column)
    return sorted[1] OFS sorted[int((count[key] + 1) / 2)] OFS sorted[count[key]]
}

END {
    for (k = 1; k <= keys; k++) {
        key = order[k]
        print key, count[key], spread(key, "wall"), spread(key, "ratio"), median(key, "cpu"), \
            median(key, "peak"), median(key, "connections"), median(key, "trips"), \
            median(key, "sent"), median(key, "received"), target[key], title[key]
    }
}
