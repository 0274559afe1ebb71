// A page that is open while the studio ends says so, and goes on when a studio is there again and let the browser in.
export default async (t) => {
  t.expected = [/ERR_CONNECTION_REFUSED/, /ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED/, /\/events.*403|403.*\/events/, /nowhere/];
  await t.start("-e", "test", "studio");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  const port = new URL(t.base).port;
  await t.open("/history");
  await t.run("window.stays = true");
  await t.stop("SIGINT");
  await t.until("document.querySelector('.lost')");
  await t.start("-e", "test", "studio", "--port", port);
  await t.run(`fetch("/enter", { method: "POST", headers: { "Content-Type": "application/json" }, body: ${JSON.stringify(JSON.stringify(t.address.replace(/.*#/, "")))} })`);
  await t.until("!window.stays && !document.querySelector('.lost') && document.querySelector('h1').textContent === 'History'");
  t.check("it is the page that it was", await t.run("location.pathname"), "/history");
};
