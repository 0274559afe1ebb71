// Exchanges the token in the address's fragment, which is sent to nobody, for the cookie.
"use strict";
(async () => {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", "/");
  const answer = await fetch("/enter", {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(token),
  });
  if (answer.ok) location.replace("/");
  else document.getElementById("message").textContent = "This address was used already, or is from an earlier studio. Use the one that the terminal shows now.";
})();
