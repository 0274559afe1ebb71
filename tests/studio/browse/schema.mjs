// Tables and views: the list, the page of each, and the diagram.
const address = (path, query) => "/" + path + "?" + new URLSearchParams(query);
const text = "document.querySelector('main').innerText";

export default async (t) => {
  t.expected = [/environment=nowhere/, /status of 500.*table=locked/];
  t.sql(`
    CREATE SCHEMA shop; CREATE SCHEMA many;
    CREATE TABLE shop.customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL DEFAULT '<b>', name varchar(80), upper text GENERATED ALWAYS AS (upper(name)) STORED);
    COMMENT ON TABLE shop.customer IS 'People <i>who</i> buy';
    COMMENT ON COLUMN shop.customer.email IS 'where we write to';
    CREATE UNIQUE INDEX customer_email ON shop.customer (lower(email));
    ALTER TABLE shop.customer ADD CHECK (email <> ''), ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON shop.customer FOR UPDATE TO postgres USING (email = current_user) WITH CHECK (true);
    CREATE TABLE shop.invoice (year int, number int, customer int REFERENCES shop.customer, at timestamptz, PRIMARY KEY (year, number));
    CREATE TABLE shop.line (year int, number int, at int, FOREIGN KEY (year, number) REFERENCES shop.invoice);
    CREATE INDEX line_invoice ON shop.line (number, year);
    CREATE FUNCTION shop.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER stamp BEFORE UPDATE ON shop.invoice FOR EACH ROW EXECUTE FUNCTION shop.f();
    ALTER TABLE shop.invoice DISABLE TRIGGER stamp;
    CREATE VIEW shop.spenders AS SELECT customer, count(*) FROM shop.invoice GROUP BY 1;
    CREATE TABLE shop.log (at date, what text) PARTITION BY RANGE (at);
    CREATE TABLE shop.log_2026 PARTITION OF shop.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    CREATE TABLE shop.node (id int PRIMARY KEY, parent int REFERENCES shop.node);
    CREATE TABLE shop.locked (id int PRIMARY KEY, at timestamptz DEFAULT now(), CHECK (id > 0)); CREATE INDEX ON shop.locked ((id + 1));
    INSERT INTO shop.customer (email) SELECT 'c' || i FROM generate_series(1, 2000) i;
    ANALYZE;`);
  t.sql(`DO $$ BEGIN FOR i IN 1..1000 LOOP
    EXECUTE format('CREATE TABLE many.t%s (id int PRIMARY KEY, parent int REFERENCES many.t%s)', i, greatest(1, i / 3));
    IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$`);

  await t.start("-e", "test", "studio");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");

  // The list.
  await t.open("/schema");
  t.check("all of them", await t.run("document.querySelectorAll('table tbody tr').length >= 1008"));
  await t.checkPage("the list of tables");
  await t.open("/schema?schema=shop");
  t.check("of one schema", await t.run("[...document.querySelectorAll('tbody tr')].map((row) => row.cells[1].textContent).join()"),
    "customer,invoice,line,locked,log,log_2026,node,spenders");
  t.check("rows", await t.run("document.querySelector('tbody tr').cells[3].textContent"), "2,000");
  t.check("kinds", await t.run("[...document.querySelectorAll('tbody tr')].map((row) => row.cells[2].textContent).slice(4).join()"),
    "partitioned table,table, partition,table,view");

  // A table.
  const has = async (what, ...texts) => {
    const found = await t.run(text);
    for (const part of texts) t.check(`${what}: ${part}`, found.includes(part) || found, true);
  };
  await t.click("td a", "customer");
  await t.until("location.pathname === '/table' && document.readyState === 'complete'");
  await t.checkPage("a table");
  await has("customer", "People <i>who</i> buy", "where we write to", "GENERATED ALWAYS AS IDENTITY", "'<b>'::text", "GENERATED ALWAYS AS (upper((name)::text)) STORED",
    "character varying(80)", "CREATE UNIQUE INDEX customer_email ON shop.customer USING btree (lower(email))", "CHECK", "Row-level security is on",
    "own", "UPDATE", "(email = CURRENT_USER)", "Referred to by", "shop.invoice", "no index", "2,000");
  await t.click("td a", "shop.invoice");
  await t.until("document.querySelector('h1').textContent === 'shop.invoice'");
  await has("invoice", "stamp", "disabled", "EXECUTE FUNCTION shop.f()", "shop.line", "invoice_pkey");
  t.check("an index in another order serves, too", await t.run("[...document.querySelectorAll('tr')].find((row) => row.textContent.includes('shop.line')).lastChild.textContent"), "yes");
  await t.open(address("table", { schema: "shop", table: "spenders" }));
  await has("a view", "A view of postgres", "GROUP BY");
  await t.open(address("table", { schema: "shop", table: "log" }));
  await has("a partitioned table", "Partitioned by RANGE (at)", "FOR VALUES FROM");
  await t.open(address("table", { schema: "shop", table: "node" }));
  await has("a table that refers to itself", "Foreign keys", "Referred to by");
  await t.open(address("table", { schema: "shop", table: "none'\"" }));
  await has("no such table", "There is no table shop.none'\"");

  // While another session holds the strongest lock, the catalog can be read; rows cannot, and the page says so soon.
  const release = await t.lock("shop.locked");
  await t.open(address("table", { schema: "shop", table: "locked" }));
  await has("a locked table", "Another session holds a lock");
  await t.open("/schema?schema=shop");
  await has("the list while the table is locked", "locked");
  await t.open(address("data", { schema: "shop", table: "locked" }));
  await has("its rows", "lock timeout");
  await release();

  // The diagram.
  await t.open(address("diagram", { schema: "shop" }));
  await t.checkPage("a diagram");
  const boxes = "[...document.querySelectorAll('svg a.box')].map((box) => box.getAttribute('aria-label')).sort().join()";
  t.check("its tables", await t.run(boxes), "customer,invoice,line,locked,log,node");
  t.check("its foreign keys", await t.run("[...document.querySelectorAll('svg .line title')].map((title) => title.textContent).sort().join('; ')"),
    "shop.invoice (customer) → shop.customer (id); shop.line (year, number) → shop.invoice (year, number); shop.node (parent) → shop.node (id)");
  t.check("and as a table", await t.run("document.querySelectorAll('main tbody tr').length"), 3);
  t.check("no boxes overlap", await t.run(`(() => {
    const all = [...document.querySelectorAll("svg rect")].map((rect) => rect.getBoundingClientRect());
    return all.some((a, i) => all.some((b, k) => i < k && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
  })()`), false);
  t.check("no text is wider than its box", await t.run(`[...document.querySelectorAll("svg a.box")].filter((box) => {
    const outer = box.querySelector("rect").getBoundingClientRect();
    return [...box.querySelectorAll("text")].some((text) => text.getBoundingClientRect().right > outer.right + 1 || text.getBoundingClientRect().left < outer.left);
  }).map((box) => box.textContent).join()`), "");
  const width = () => t.run("document.querySelector('svg').width.baseVal.value");
  const natural = await width();
  await t.click("button", "+");
  t.check("larger", Math.round(await width()), Math.round(natural * 1.25));
  await t.run("document.querySelector('.canvas').focus()");
  await t.key("-");
  await t.key("-");
  t.check("smaller, with the keyboard", Math.round(await width()), Math.round(natural * 0.8));
  await t.size(360, 740);
  await t.click("button", "Fit");
  t.check("the whole fits", await t.run("document.querySelector('.canvas').scrollWidth <= document.querySelector('.canvas').clientWidth + 1"));
  await t.size(1440, 900);
  await t.run("document.querySelector('svg a.box').focus()");
  await t.key("Enter");
  await t.until("location.pathname === '/table' && document.readyState === 'complete'");
  await t.open(address("diagram", { schema: "shop", table: "customer" }));
  t.check("near to a table", await t.run(boxes), "customer,invoice");
  await t.open(address("diagram", { schema: "shop", table: "customer", depth: "2" }));
  t.check("less near", await t.run(boxes), "customer,invoice,line");
  await t.open(address("diagram", { schema: "many" }));
  t.check("not all of them", await t.run("document.querySelectorAll('svg a.box').length"), 60);
  await has("and the page says so", "940 more are left out");
  await t.checkPage("a part of 1,000 tables");
  await t.open(address("diagram", { schema: "many", table: "t3" }));
  t.check("near to one of them", await t.run(boxes), "t1,t10,t11,t3,t9");

  for (const [wide, high] of [[360, 740], [1440, 900]]) {
    for (const scheme of ["light", "dark"]) {
      await t.size(wide, high, scheme);
      for (const [name, path] of [["schema", "/schema?schema=shop"], ["table", address("table", { schema: "shop", table: "customer" })], ["diagram", address("diagram", { schema: "shop" })]]) {
        await t.open(path);
        await t.checkPage(`${name} at ${wide}`);
        await t.shot(`${name}-${wide}-${scheme}`);
      }
    }
  }
};
