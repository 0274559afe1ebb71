// A day with the studio, on the example project: each page, a row that is edited, a migration that is applied, one that
// waits for a lock and is cancelled, a backfill that is paused and resumed.  Nothing here depends on how long it takes.
const address = (path, query) => "/" + path + "?" + new URLSearchParams(query);
const main = "document.querySelector('main').innerText";
const run = (state) => `location.pathname === '/run' && document.querySelector('.badge.${state}') && !document.querySelector('[data-live]')`;

export default async (t) => {
  t.expected = [/environment=nowhere/];
  const has = async (what, ...texts) => {
    const found = await t.run(main);
    for (const text of texts) t.check(`${what}: ${text}`, found.includes(text) || found, true);
  };
  const start = async (button, yes = "Run") => { await t.click("button", button); await t.click("dialog button", yes); };
  const follow = async (selector, text, title) => {
    await t.click(selector, text);
    await t.until(`document.readyState === 'complete' && document.querySelector('h1').textContent === ${JSON.stringify(title)}`);
  };

  await t.start("-e", "test", "studio", "--write");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");

  // A pending migration: what it changes, then applied.
  await t.until("document.querySelector('#main').innerText.includes('no drift')");
  await t.checkPage("the overview");
  await follow("th a", "0004_meeting_no_show", "0004_meeting_no_show");
  await t.checkPage("a migration");
  await follow("a", "What it changes, in a diagram", "Diagram of what is pending");
  t.check("its tables would be new", await t.run("document.querySelectorAll('svg .box.added').length > 3"));
  await t.checkPage("the difference");
  await t.shot("tour-pending");
  await t.run("history.back()");
  await t.until("document.querySelector('h1').textContent === '0004_meeting_no_show'");
  await start("Apply up to here");
  await t.until(run("done"));
  await has("the run", "5 applied", "ALTER TYPE");
  await t.checkPage("a run");
  t.check("it is applied", t.sql("SELECT state FROM moonbird.migrations WHERE name = '0004_meeting_no_show'"), "applied");

  t.sql(`INSERT INTO users (name, email, role) SELECT 'Person ' || i, 'person' || i || '@example.com', CASE i WHEN 1 THEN 'expert' ELSE 'member' END::user_role FROM generate_series(1, 120) i;
    INSERT INTO events (expert_id, slug, title, duration_minutes) SELECT id, 'first-talk', 'A first talk', 30 FROM users WHERE role = 'expert';
    INSERT INTO meetings (event_id, expert_id, guest_name, guest_email, starts_at, ends_at) SELECT e.id, e.expert_id, 'Guest ' || i, 'guest' || i || '@example.com',
      '2026-01-01Z'::timestamptz + i * interval '1 hour', '2026-01-01Z'::timestamptz + i * interval '1 hour 1 minute' FROM events e, generate_series(1, 5000) i;
    ANALYZE`);

  // The schema, and the diagram.
  await t.open("/schema");
  await t.checkPage("the schema");
  await follow("td a", "meetings", "public.meetings");
  await has("a table", "meetings_order_check", "meetings_pkey", "Foreign keys", "public.events");
  await t.checkPage("a table");
  await follow("main a", "Diagram", "Diagram");
  t.check("what is near to it", await t.run("[...document.querySelectorAll('svg a.box')].map((box) => box.getAttribute('aria-label')).sort().join()"), "events,meetings,users");
  await t.checkPage("the diagram");
  await t.shot("tour-diagram");

  // Rows: browsed, filtered, followed, edited.
  await t.open(address("data", { schema: "public", table: "users", sort: "email" }));
  const emails = () => t.run("[...document.querySelectorAll('.rows tbody tr')].map((row) => row.innerText.match(/person\\d+/)[0]).join()");
  const wanted = (from, n) => t.sql(`SELECT string_agg(split_part(email, '@', 1), ',' ORDER BY email) FROM (SELECT email FROM users ORDER BY email OFFSET ${from} LIMIT ${n}) u`);
  t.check("the first page", await emails(), wanted(0, 50));
  const first = await emails();
  await t.click(".pager a", "Next");
  await t.until(`location.search.includes('after=') && document.readyState === 'complete' && !document.querySelector('.rows').innerText.includes('${first.split(",")[0]}@')`);
  t.check("the next page", await emails(), wanted(50, 50));
  await t.checkPage("the rows");
  await t.open(address("data", { schema: "public", table: "events" }));
  await t.run("document.querySelector('[name=column]').value = 'title'; document.querySelector('[name=operator]').value = 'contains'");
  await t.type("[name=value]", "first");
  await t.click("form.fields button", "");
  await t.until("location.search.includes('value=first') && document.readyState === 'complete' && document.querySelectorAll('.rows tbody tr').length === 1");
  const expert = t.sql("SELECT expert_id FROM events");
  await follow(".rows td a", expert, "public.users");
  await has("the row that it refers to", "Person 1");
  await t.checkPage("a row");
  await t.run(`(() => { const field = document.querySelector('form.edit [name=name]'); field.value = 'Ann'; field.dispatchEvent(new Event("input", { bubbles: true })); })()`);
  await t.click("form.edit button", "Save");
  await t.until("document.querySelector('dialog code')?.textContent.startsWith('UPDATE public.users')");
  t.check("the statement is shown and has not run", t.sql("SELECT name FROM users WHERE role = 'expert'"), "Person 1");
  await t.shot("tour-edit");
  await t.click("dialog button", "Run");
  await t.until("!document.querySelector('dialog') && document.querySelector('table.row')?.innerText.includes('Ann')");
  t.check("it has run", t.sql("SELECT name FROM users WHERE role = 'expert'"), "Ann");

  // A migration that waits for a lock: who holds it, and cancelled.
  const release = await t.lock("meetings", "nightly report");
  await t.open(address("migration", { stream: "auto", name: "0005_payments" }));
  await start("Apply up to here");
  await t.until("location.pathname === '/run' && document.querySelector('main').innerText.includes('Blocked by')");
  await has("the run that waits", "nightly report", "ALTER TABLE meetings", "public.meetings", "AccessExclusiveLock");
  await t.checkPage("a run that waits");
  await t.shot("tour-waiting");
  await t.click("a[href*='/session?']");
  await t.until("location.pathname === '/session' && document.querySelector('main').innerText.includes('Waiting for it')");
  await has("the session that blocks it", "nightly report", "ALTER TABLE meetings", "AccessExclusiveLock");
  await t.checkPage("a session");
  await t.run("history.back()");
  await t.until("document.querySelector('[data-cancel]')");
  await start("Cancel the run", "Interrupt");
  await t.until(run("interrupted"));
  t.check("it is rolled back", t.sql("SELECT count(*) FROM pg_attribute WHERE attname = 'stripe_customer_id'"), "0");
  await release();

  // A backfill, paused while two workers are in their first batches.  Each batch waits for a lock of this test.
  t.sql(`CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END';
    CREATE TRIGGER wait_for_test BEFORE UPDATE ON meetings FOR EACH ROW EXECUTE FUNCTION wait_for_test()`);
  const go = t.hold("SELECT pg_advisory_lock(42), pg_sleep(600)");
  await t.until(() => t.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND granted") === "1");
  await t.open(address("migration", { stream: "manual", name: "013_booking_search" }));
  await start("Apply");
  await t.until("location.pathname === '/run' && document.querySelector('progress')");
  const backfilled = t.run("location.href");
  await t.open("/backfills");
  await t.until("document.querySelector('.badge.running')");
  await t.until(() => t.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted") === "2");
  await t.checkPage("a backfill");
  await start("Pause");
  await t.until(run("done"));
  go();
  await t.open("/backfills");
  await t.until("document.querySelector('.badge.paused')");
  await t.until(() => t.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42") === "0");
  t.check("some rows are left", t.sql("SELECT count(*) > 0 FROM meetings WHERE search IS NULL"), "t");
  t.check("it is paused", t.sql("SELECT paused FROM moonbird.backfills"), "t");
  await t.shot("tour-paused");
  await start("Resume");
  await t.until(run("done"));
  await t.open(await backfilled);
  await t.until(run("done"));
  t.check("all rows are done", t.sql("SELECT count(*) FROM meetings WHERE search IS NULL"), "0");
  await t.open("/backfills");
  await t.until("document.querySelector('.badge.done')");
  await t.checkPage("a backfill that is done");
  await t.shot("tour-backfilled");

  // Functions, the console, the history, the checks, and a page of the project.
  await t.open("/functions");
  await follow("td a", "meeting_search", "public.meeting_search(guest_name text, guest_email text)");
  await has("a function", "to_tsvector");
  await t.checkPage("a function");
  await t.open("/sql");
  await t.type("#statements", "UPDATE users SET name = 'Bob' WHERE role = 'expert'; SELECT name FROM users WHERE role = 'expert'");
  await t.click("button", "Run");
  await t.until("document.querySelector('#results')?.innerText.includes('Committed.')");
  await has("the console", "UPDATE: 1 row", "Bob");
  await t.checkPage("the console");
  await t.open("/history");
  await has("the history", "013_booking_search", "interrupted", "pause");
  await t.checkPage("the history");
  await t.open("/checks");
  await has("the checks", "foreign_keys");
  await t.open("/sessions");
  await has("the sessions", "None in this database.");
  await t.open("/bookings");
  await has("the project's own page", "5000", "By day");
  t.check("its chart", await t.run("document.querySelectorAll('.chart rect').length >= 14"));
  await t.checkPage("a page of the project");
  await t.shot("tour-bookings");
  await start("Count the rows that were deleted");
  await t.until(run("done"));
};
