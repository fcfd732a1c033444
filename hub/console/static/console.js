// Small comforts; every page is complete without them. Nothing here sends anything anywhere.
"use strict";

const summary = document.getElementById("error");
// A form keeps the place that its page was opened at: the browser would go there, past what is wrong.
if (summary && location.hash) history.replaceState(null, "", location.pathname + location.search);
if (summary) summary.focus();

// Keys: / finds, j and k walk a list, o opens. They are off while somebody types, and never act.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const links = [...document.querySelectorAll("table.list tbody th a")];
  const here = links.indexOf(document.activeElement);
  const go = { "/": document.getElementById("find-id"), j: links[here + 1], k: links[here - 1] }[event.key];
  if (go) { event.preventDefault(); go.focus(); }
  if (event.key === "o" && here >= 0) links[here].click();
});

// Live pages: the stream says that something changed, the page fetches itself as anybody would. What somebody is at stays.
const region = document.querySelector("[data-live]");
const bare = (node) => { const copy = node.cloneNode(true); copy.querySelectorAll("input[type=hidden]").forEach((i) => i.remove()); return copy.innerHTML; };
const busy = () => region.contains(document.activeElement) || region.querySelector("details[open]") || [...region.querySelectorAll("input, select")].some((i) => i.type !== "hidden" && (i.checked !== i.defaultChecked || ("defaultValue" in i && i.value !== i.defaultValue)));
const say = (words) => { document.getElementById("live").textContent = words; };
const clock = () => new Date().toTimeString().slice(0, 8);

function show(fresh) {
  document.getElementById("asof").replaceWith(fresh.getElementById("asof"));
  if (bare(fresh.querySelector("[data-live]")) === bare(region)) return;
  const news = document.getElementById("news");
  const put = () => { region.replaceChildren(...fresh.querySelector("[data-live]").childNodes); news.hidden = true; };
  news.hidden = !busy();
  if (news.hidden) put(); else news.firstElementChild.onclick = put;
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "x-live": "1" }, redirect: "error" });
  if (!answer.ok) throw new Error("not here any more");
  show(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

function listen() {
  let waits = null;
  const source = new EventSource("/live");
  const lost = () => say(`Not live since ${clock()}.`);
  source.onopen = () => say("Live.");
  source.onerror = lost;
  source.addEventListener("changed", () => {
    waits ??= setTimeout(() => { waits = null; refresh().catch(() => { lost(); source.close(); }); }, 500);
  });
  document.addEventListener("visibilitychange", () => { source.close(); if (!document.hidden) { refresh().then(listen, lost); } }, { once: true });
}
if (region && globalThis.EventSource) listen();

// What is half written, the hub keeps sealed for its writer before nothing is shown any more. This browser keeps none of it.
const chosen = (s) => s.selectedIndex !== Math.max(0, [...s.options].findIndex((o) => o.defaultSelected));
const typedIn = (i) => i.options ? chosen(i) : "defaultValue" in i && !["hidden", "password"].includes(i.type) && (i.checked !== i.defaultChecked || i.value !== i.defaultValue);
const keep = () => Promise.all([...document.querySelectorAll("main form[method=post]")].filter((f) => [...f.elements].some(typedIn)).map((f) => {
  const body = new URLSearchParams(new FormData(f));
  body.set("draft-page", location.pathname);
  body.set("draft-action", f.getAttribute("action") || location.pathname);
  return fetch("/drafts", { method: "POST", body, redirect: "error" }).catch(() => null);
}));
const shut = document.querySelector("form[action='/lock']");
if (shut) shut.addEventListener("submit", (event) => { event.preventDefault(); keep().then(() => shut.submit()); });

// Before somebody is signed out: said to the second, read aloud, and put off without leaving the page.
const leaving = document.getElementById("leaving");
let due = null;
function remind(seconds) {
  clearTimeout(due);
  leaving.className = "leaving still";
  due = setTimeout(() => {
    const words = document.getElementById("leaving-says");
    leaving.className = "leaving now";
    keep();
    words.replaceWith(Object.assign(words.cloneNode(true), { role: "alert" }));
  }, seconds * 1000);
}
if (leaving) {
  remind(Number(leaving.dataset.after));
  leaving.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    fetch("/stay", { method: "POST", body: new URLSearchParams(new FormData(event.target)), redirect: "error" })
      .then((answer) => answer.ok && remind(Number(leaving.dataset.again)), () => event.target.submit());
  });
}

// The leaf page: RFC 6962 hashes recomputed in this very browser, and the Ed25519 signature where it knows how.
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const hex = (raw) => [...raw].map((b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => hex(a) === hex(b);
const sha = async (...parts) => {
  const joined = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) { joined.set(part, at); at += part.length; }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
};
const NODE = Uint8Array.of(1), LEAF = Uint8Array.of(0);

async function climb(leaf, index, size, path) {
  let hash = await sha(LEAF, leaf), fn = BigInt(index), sn = BigInt(size) - 1n;
  const steps = [["leaf", hash]];
  for (const beside of path) {
    if (sn === 0n) throw new Error("the path is too long");
    if (fn % 2n === 1n || fn === sn) {
      hash = await sha(NODE, beside, hash);
      while (fn % 2n === 0n && fn !== 0n) { fn /= 2n; sn /= 2n; }
    } else {
      hash = await sha(NODE, hash, beside);
    }
    fn /= 2n; sn /= 2n;
    steps.push([`with ${hex(beside).slice(0, 16)}…`, hash]);
  }
  if (sn !== 0n) throw new Error("the path is too short");
  return { hash, steps };
}

async function signed(note, key) {
  const end = note.indexOf("\n\n") + 1, raw = bytes(key.split("+").slice(2).join("+"));
  const name = key.split("+")[0];
  const line = note.slice(end + 1).split("\n").find((l) => l.startsWith(`\u2014 ${name} `));
  if (!line || raw[0] !== 1) throw new Error("no signature of this key");
  const publicKey = await crypto.subtle.importKey("raw", raw.slice(1), { name: "Ed25519" }, false, ["verify"]);
  const text = new TextEncoder().encode(note.slice(0, end));
  return crypto.subtle.verify({ name: "Ed25519" }, publicKey, bytes(line.split(" ")[2]).slice(4), text);
}

async function verify(box) {
  const leaf = new TextEncoder().encode(document.getElementById("leaf").textContent);
  const [head, ...rest] = document.getElementById("receipt").textContent.split("\n\n");
  const note = rest.join("\n\n"), lines = head.split("\n").filter((l) => !l.startsWith("extra "));
  const index = lines[1].slice(6), path = lines.slice(2).map(bytes);
  const [, size, root] = note.split("\n");
  const { hash, steps } = await climb(leaf, index, size, path);
  const list = document.createElement("ol");
  list.className = "proof";
  for (const [words, value] of steps) {
    const item = document.createElement("li");
    item.textContent = `${words} gives ${hex(value)}`;
    list.append(item);
  }
  let word = "The signature was not checked here: this browser does not know Ed25519.";
  try {
    word = (await signed(note, box.dataset.key)) ? "The signature under it is the hub's." : "The signature under it does not hold.";
  } catch (error) { if (error.name !== "NotSupportedError") word = `The signature under it was not checked: ${error.message}.`; }
  const said = document.createElement("p");
  const holds = same(hash, bytes(root));
  said.textContent = `${holds ? "It holds." : "It does not hold."} Computed in this browser: leaf ${index} ${holds ? "is" : "is not"} under the root of ${size} leaves. ${word}`;
  box.replaceChildren(said, list);
  box.className = `note ${holds ? "go" : "stop"}`;
}

const box = document.getElementById("verify");
if (box && globalThis.crypto?.subtle) {
  verify(box).catch((error) => { const p = document.createElement("p"); p.textContent = `This could not be computed: ${error.message}.`; box.prepend(p); });
}
