// Where a browser goes after signing in: only to pages of this site.

/** Pages for people who are not signed in. */
export const OUTSIDE = ["/sign-in", "/setup", "/reset"];

const bare = (path) => path.replace(/\/+$/, "") || "/";

export const isOutside = (path) => OUTSIDE.includes(bare(path));

/** A path of this site, or the gallery for anything else; never a page for signing in. */
export function safePath(wanted, origin) {
  // Browsers read a backslash as a slash and drop control characters: `/\host` and `/<tab>/host` lead elsewhere.
  if (typeof wanted !== "string" || !/^\/(?![/\\])[^\\\u0000-\u001f]*$/.test(wanted)) return "/";
  try {
    const url = new URL(wanted, origin);
    // `/a/..//host` is only seen to lead elsewhere once its dots are gone.
    if (url.origin !== origin || url.pathname.startsWith("//") || isOutside(url.pathname) || url.pathname.startsWith("/api/")) return "/";
    return url.pathname + url.search + url.hash;
  } catch {
    return "/";
  }
}

/** Address of the sign-in page that leads back to a place. */
export function signInFrom(place) {
  const back = safePath(place.pathname + place.search + place.hash, place.origin);
  return back === "/" ? "/sign-in" : `/sign-in?return_to=${encodeURIComponent(back)}`;
}

/** Words for how good a password is, and a share between 0 and 1: a hint, the rules are the server's. */
export function strengthOf(password, email = "") {
  if (!password) return { share: 0, words: "", fits: false };
  if (password.length < 10) return { share: 0.15, words: `${10 - password.length} more characters`, fits: false };
  if (new Set(password).size < 4) return { share: 0.15, words: "Use at least four different characters", fits: false };
  const name = email.toLowerCase();
  if (name && [name, name.split("@")[0]].includes(password.toLowerCase())) return { share: 0.15, words: "That is the address", fits: false };
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(password)).length;
  const score = new Set(password).size + kinds * 2 + Math.max(0, password.length - 10);
  if (score < 15) return { share: 0.45, words: "Fair. Longer is better", fits: true };
  if (score < 22) return { share: 0.72, words: "Good", fits: true };
  return { share: 1, words: "Strong", fits: true };
}
