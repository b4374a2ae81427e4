/** Starts the console. */

import { onSignOut, key } from "./session.js";
import { router } from "./router.js";
import { shell } from "./shell.js";
import { applyTheme } from "./theme.js";
import { gate } from "./views/gate.js";
import { jobView } from "./views/job.js";
import { jobsView } from "./views/jobs.js";
import { newView } from "./views/new.js";
import { webhooksView } from "./views/webhooks.js";

applyTheme();
const { elements, place, signedIn } = shell();
document.body.replaceChildren(...elements);
const views = router(place, { "": jobsView, new: newView, jobs: jobView, webhooks: webhooksView });

/** @param {string} [reason] */
function start(reason) {
  const known = key() !== null;
  signedIn(known);
  if (known) {
    views.show();
  } else {
    views.leave();
    gate(place, enter, reason);
  }
}

function enter() {
  start();
  place.focus();
}

onSignOut(start);
addEventListener("hashchange", () => {
  if (key() === null) return;
  views.show();
  place.focus({ preventScroll: true });
});
start();
