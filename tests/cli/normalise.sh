# shellcheck shell=bash
# normalise [SED-OPTION...]: what differs from run to run, as words in capitals. The options are
# done first. $PROJECT is the project's folder.

HOST=$(uname -n)

normalise() {
    sed -E "$@" \
        -e "s,$PROJECT,PROJECT,g" -e "s,(/tmp|/dev/shm)/moonbird-[0-9]+/([0-9a-f]+|t-\w+/s)\>,SOCKETS,g" \
        -e 's,[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{8}(\.[0-9]+)?(Z|[+-][0-9:]+)?,TIMESTAMP,g' \
        -e 's/\([0-9.]+ (ms|s)\)/(TIME)/g' -e 's/ +[0-9.]+ (ms|s)\>/  TIME/g' -e 's/ +time  (notes|why|environment)/  time  \1/' -e 's/^(([|!] )?pending  [^ ]+) {12,}/\1  /' \
        -e 's/"duration_ms":[0-9.e-]+/"duration_ms":N/g' -e 's/"pid":[0-9]+/"pid":N/g' \
        -e "s/\"host\":\"$HOST\"/\"host\":\"HOST\"/g" -e "s/@$HOST\>/@HOST/g" \
        -e 's/\b[0-9a-f]{64}\b/CHECKSUM/g' -e 's/\bpid [0-9]+/pid PID/g'
}
