// Who is signed in and what that one may do: read once, and again when the server refuses something.

import { useEffect, useSyncExternalStore } from "react";
import { onRefused, request } from "./api.js";
import { isOutside, signInFrom } from "./paths.js";

const AGAIN = 1000;
const LONGEST = 30_000;

let me = null;
let flying = null;
let read = 0;
let leaving = false;
const watchers = new Set();

/** Leads to the sign-in page and from there back. A full load: Reflex's socket keeps the cookie it began with. */
function leave() {
  if (leaving || isOutside(location.pathname)) return;
  leaving = true;
  location.replace(signInFrom(location));
}

/** Reads who asks, once however many want to know. */
export function readMe() {
  flying ||= request("/auth/me")
    .then((found) => {
      me = found;
      watchers.forEach((tell) => tell());
      return found;
    })
    .finally(() => {
      flying = null;
      read = Date.now();
    });
  return flying;
}

onRefused.add((problem) => {
  if (problem.code === "unauthenticated") leave();
  // What somebody may do has changed since it was read; buttons follow.
  else if (me && Date.now() - read > AGAIN) readMe().catch(() => {});
});

let trying = false;

/** Reads it until the server has answered: a page that does not know who is there offers nothing. */
async function learnMe() {
  if (trying) return;
  trying = true;
  for (let wait = AGAIN; !me; wait = Math.min(wait * 2, LONGEST)) {
    const problem = await readMe().then(() => null, (found) => found);
    if (!problem || problem.code === "unauthenticated") break;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  trying = false;
}

/** Who is signed in; null until that is known. */
export function useMe() {
  useEffect(() => void learnMe(), []);
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => me,
    () => null,
  );
}

/** Why something is not allowed, in words; nothing while it is, or is not known. */
export const refusal = (permission) => me?.denied?.[permission] || "";

/** The same for a component, which follows changes. */
export function useRefusal(permission) {
  return useMe()?.denied?.[permission] || "";
}

/** Ends this session, or all of the account, and leads to the sign-in page. */
export async function signOut(everywhere = false) {
  await request("/auth/sign-out", { method: "POST", body: { everywhere } });
  leaving = true;
  location.assign("/sign-in?signed_out=1");
}

/** Words for the role of whoever is signed in. */
export function standing(who) {
  if (who.kind === "owner") return "Only this machine";
  const role = who.user?.roles.find((one) => one.domain === "*")?.role;
  return role ? role.charAt(0).toUpperCase() + role.slice(1) : who.user?.roles.length ? "Some places" : "No role";
}
