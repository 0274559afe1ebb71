# svg.awk -- a summary as a picture: a bar for each side's median ratio, a line for its spread, a
# tick for the target.  The scale is logarithmic, from a tenth to a hundred times.

BEGIN {
    FS = "\t"
    LEFT = 130
    WIDTH = 560
    ROW = 18
    y = 28
}

function x_of(ratio) {
    ratio = ratio < 0.1 ? 0.1 : ratio > 100 ? 100 : ratio
    return LEFT + WIDTH * (log(ratio) / log(10) + 1) / 3
}
function line(x1, y1, x2, y2, style) {
    return sprintf("<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' %s/>\n", x1, y1, x2, y2, style)
}
function text(x, y, words, style) {
    gsub(/&/, "\\&amp;", words)
    gsub(/</, "\\&lt;", words)
    return sprintf("<text x='%.1f' y='%d' %s>%s</text>\n", x, y, style, words)
}
function ms(v) {
    return v < 10 ? sprintf("%.1f ms", v) : v < 1000 ? sprintf("%.0f ms", v) : \
        sprintf("%.2f s", v / 1000)
}

$1 != last {
    y += 12
    body = body text(4, y + 12, $17, "font-weight='bold'")
    y += ROW
    last = $1
}

{
    body = body text(LEFT - 8, y + 12, $2, "text-anchor='end'")
    body = body sprintf("<rect x='%.1f' y='%d' width='%.1f' height='11' fill='%s'/>\n", LEFT, y + 3, \
        x_of($8) - LEFT, $2 == "moonbird" ? "#2f6fab" : "#b9c2cc")
    body = body line(x_of($7), y + 8, x_of($9), y + 8, "stroke='#333'")
    if ($2 == "moonbird" && $16 != "-")
        body = body line(x_of($16), y, x_of($16), y + 17, "stroke='#c0392b' stroke-width='2'")
    body = body text(LEFT + WIDTH + 8, y + 12, sprintf("%.2f   %s", $8, ms($5)), "")
    y += ROW
}

END {
    y += 10
    printf "<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12'>\n", \
        LEFT + WIDTH + 140, y
    print "<rect width='100%' height='100%' fill='white'/>"
    for (e = -1; e <= 2; e++) {
        x = x_of(10 ^ e)
        printf "%s", text(x, 16, sprintf("%g", 10 ^ e), "text-anchor='middle' fill='#777'")
        printf "%s", line(x, 22, x, y, e ? "stroke='#e4e4e4'" : "stroke='#999'")
    }
    printf "%s</svg>\n", body
}
