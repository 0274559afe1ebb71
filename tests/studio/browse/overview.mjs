// The way in, the overview with its columns, a migration applied from it, and a protected environment.
import { rmSync, writeFileSync } from "node:fs";

export default async (t) => {
  const gone = t.project + "/migrations-manual/099_gone.sql";
  writeFileSync(gone, "SELECT 1;\n");
  t.moonbird("-e", "guarded", "--yes", "manual", "apply", "099_gone");
  rmSync(gone);
  // Without the file of 099_gone, nothing can be compared with what the applied migrations of guarded make.
  t.expected = [/environment=nowhere.*502|502.*environment=nowhere/, /favicon/, /410.*enter/, /500.*huge/, /400.*drift\?environment=guarded/];
  await t.start("-e", "test", "studio");
  await t.open(t.base + "/#wrong");
  await t.until("document.querySelector('#message').textContent.includes('used already')");
  await t.run("location.href = 'about:blank'");
  await t.until("location.href === 'about:blank'");
  const before = await t.run("history.length");
  await t.open(t.address);
  await t.until("document.querySelector('h1')?.textContent === 'Overview'");
  t.check("the token is not in the address", await t.run("location.href"), t.base + "/");
  t.check("nor in the history", await t.run(`history.length <= ${before + 2}`));
  t.check("the cookie is not for scripts", await t.run("document.cookie"), "");

  await t.until("document.querySelector('tr[data-migration=\"auto/0000_init\"]').cells[2].textContent === 'pending'");
  await t.until("document.querySelector('tr[data-migration=\"manual/099_gone\"]')?.cells[2].textContent.includes('missing')");
  await t.until("document.querySelector('th[data-environment*=nowhere] .problem')?.textContent.includes('connection')");
  await t.until("document.querySelector('[data-load*=checks] table')");
  await t.checkPage("the overview");

  await t.key("/");
  t.check("/ goes to the filter", await t.run("document.activeElement.dataset.filter"), "");
  await t.type("[data-filter]", "no_show");
  t.check("the filter", await t.run("document.querySelectorAll('.environments tbody tr:not([hidden])').length"), 1);

  await t.open("/migration?stream=auto&name=0003_meetings");
  await t.checkPage("a migration");
  await t.click("button", "Apply up to here");
  t.check("the command line is shown first", await t.run("document.querySelector('dialog code').textContent"), "moonbird -e test up 0003_meetings");
  await t.key("Escape");
  await t.until("!document.querySelector('dialog')");
  t.check("nothing was started", t.sql("SELECT to_regclass('public.meetings')"), "");
  await t.click("button", "Apply up to here");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.body.textContent.includes('4 applied')");
  await t.checkPage("a run");
  t.check("it was applied", t.sql("SELECT to_regclass('public.meetings')"), "meetings");

  await t.open("/?environment=guarded");
  await t.until("document.querySelector('.badge.protected')");
  for (const [answer, outcome] of [["guard", "failed"], ["guarded", "done"]]) {
    await t.open("/migration?stream=auto&name=0000_init&environment=guarded");
    await t.click("button", "Apply up to here");
    await t.until("document.querySelector('dialog input')");
    await t.type("dialog input", answer);
    await t.key("Enter");
    await t.until(`location.pathname === '/run' && document.querySelector('.badge.${outcome}')`);
  }
  await t.open("/bookings");
  await t.checkPage("a page of the project");
  await t.click("button", "Count the rows");
  await t.click("dialog button", "Run");
  await t.until("location.pathname === '/run' && document.querySelector('.badge.done')");

  // A part that the studio refuses, in plain text, since its answer is too long.
  writeFileSync(t.project + "/scripts/studio/huge.lua", 'return { title = "Huge", needs = {}, menu = false, show = { { "text", value = ("x"):rep(17 << 20) } } }');
  writeFileSync(t.project + "/scripts/studio/holder.lua", 'return { title = "Holder", needs = {}, show = { { "later", page = "huge" } } }');
  await t.open("/holder");
  await t.until("document.querySelector('.part-later .error')?.textContent.includes('longer than 16 MiB')");

  await t.scripts(false);
  await t.open("/migration?stream=auto&name=0003_meetings");
  t.check("a page can be read without scripts", await t.run("document.body.innerText.includes('CREATE TABLE meetings')"));
  t.check("it shows no button that does nothing", await t.run("[...document.querySelectorAll('button')].filter((e) => e.offsetParent).map((e) => e.textContent).join()"), "Show");
  t.check("and other environments as links", await t.run("document.querySelector('[data-load] a').getAttribute('href').startsWith('/migration_state?')"));
  await t.scripts(true);

  for (const [width, height] of [[360, 740], [1920, 1080]]) {
    for (const scheme of ["light", "dark"]) {
      await t.size(width, height, scheme);
      for (const page of ["overview", "migration?stream=auto&name=0003_meetings", "history", "run", "bookings"]) {
        await t.open("/" + page);
        await t.checkPage(`${page} at ${width}`);
        await t.shot(`${page.replace(/\W.*/, "")}-${width}-${scheme}`);
      }
    }
  }
};
