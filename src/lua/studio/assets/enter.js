// Exchanges the token in the address's fragment, which is sent to nobody, for the cookie.
"use strict";
(async () => {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", "/");
  const answer = await fetch("/enter", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(token),
  });
  if (answer.ok) return location.replace("/");
  document.getElementById("message").textContent = answer.status === 410
    ? "This address was used already, or is from an earlier studio. Use the one that the terminal shows now."
    : "This browser does not say where its requests come from. Use Chrome 76, Firefox 90, Safari 16.4, or a newer one.";
})();
