# json.awk -- a summary as one JSON document.  Titles have no character that JSON would escape.

BEGIN {
    FS = "\t"
    print "{\"workloads\":["
}

$1 != last {
    if (last)
        print "]},"
    printf "{\"name\":\"%s\",\"title\":\"%s\",\"runs\":%d,\"target\":%s,\"sides\":[\n", $1, $17, $3, \
        $16 == "-" ? "null" : $16
    last = $1
    comma = ""
}

{
    printf "%s{\"side\":\"%s\",\"wall_ms\":[%s,%s,%s],\"ratio\":[%.3f,%.3f,%.3f],\"cpu_ms\":%s,\"peak_kib\":%s", \
        comma, $2, $4, $5, $6, $7, $8, $9, $10, $11
    if ($13 != "-")
        printf ",\"round_trips_after_login\":%d,\"bytes_sent\":%d,\"bytes_received\":%d", $13 - $12, $14, $15
    print "}"
    comma = ","
}

END { print (last ? "]}" : "") "]}" }
