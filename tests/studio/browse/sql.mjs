// The console: a result, its CSV, an error, a plan, Lua, and a statement that is cancelled.
export default async (t) => {
  t.expected = [/favicon/, /environment=nowhere/];
  t.sql("CREATE TABLE things AS SELECT i AS id, 'thing, ' || i AS name FROM generate_series(1, 20) i");
  await t.start("-e", "test", "studio");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  await t.open("/sql");
  await t.checkPage("the console");
  const type = async (text) => {
    await t.run("document.querySelector('#statements').value = ''");
    await t.type("#statements", text);
  };
  await type("SELECT id, name, NULL AS empty, '' AS blank FROM things ORDER BY id LIMIT 2");
  await t.click("button", "Run");
  await t.until("document.querySelector('#results td')");
  await t.checkPage("a result");
  await t.shot("sql-result");
  await t.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
  await t.click("button", "Copy as CSV");
  await t.until("window.copied");
  t.check("as CSV", await t.run("window.copied"), 'id,name,empty,blank\r\n1,"thing, 1",,""\r\n2,"thing, 2",,""\r\n');
  await t.run("window.copied = ''");
  await t.click("button", "Copy as JSON");
  await t.until("window.copied");
  t.check("as JSON", await t.run("JSON.stringify(JSON.parse(window.copied)[1])"), '{"id":2,"name":"thing, 2","empty":null,"blank":""}');

  await type("SELECT 1;\nSELECT wrong FROM things");
  await t.click("button", "Run");
  await t.until("document.querySelector('#results .error')?.textContent.includes('line 2, column 8')");
  await type("SELECT * FROM things ORDER BY name");
  await t.click("button", "Explain");
  await t.until("document.querySelector('#results .tree')?.textContent.includes('on things')");
  await t.checkPage("a plan");
  await t.shot("sql-plan");
  await type("db:value 'SELECT count(*) FROM things'");
  await t.click("button", "Run");
  await t.until("document.querySelector('#results pre')?.textContent.includes('20')");

  await type("SET statement_timeout = 0; SELECT pg_sleep(602)");
  await t.click("button", "Run");
  const sleeping = () => t.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'moonbird studio'");
  await t.until(() => sleeping() === "1");
  await t.click("button", "Cancel");
  await t.until("document.querySelector('[data-console] [role=status]').textContent === 'Cancelled.'");
  await t.until(() => sleeping() === "0", 30); // the server has cancelled it, before the page's own limit of a minute
  for (const [width, height] of [[360, 740], [1920, 1080]]) {
    await t.size(width, height, "dark");
    await t.checkPage(`the console at ${width}`);
    await t.shot(`sql-${width}-dark`);
  }
};
