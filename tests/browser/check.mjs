// Opens reports and statements in Chromium as a person would, without any network, and checks
// them: nothing is loaded, no script is needed, axe finds nothing, the keyboard reaches all that
// it should in reading order, nothing is cut off on a phone or on paper.
//
//   node check.mjs [--pictures DIR] FILE.html…
//
// Ends with a count, and with code 1 if anything is wrong.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
// A4 less the margins that the pages ask for, in CSS pixels.
const PAPER = { width: 672, height: 986 };

const { files, pictures } = parseArguments(process.argv.slice(2));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
if (!existsSync(executablePath)) {
  console.error(`There is no Chromium at ${executablePath}: install the package "chromium", or name another in CHROMIUM.`);
  process.exit(1);
}
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-default-apps", "--no-first-run",
  ],
});

let checks = 0;
const faults = [];

for (const file of files) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [name, viewport] of [["desktop", DESKTOP], ["phone", PHONE]]) {
      await inContext(file, { viewport, colorScheme }, async (page, fault) => {
        await picture(page, file, `${name}-${colorScheme}`);
        await checkWithAxe(page, fault);
        await checkNothingCutOff(page, fault);
        if (colorScheme === "light" && name === "desktop") {
          await checkStructure(page, fault);
          await checkKeyboard(page, fault);
        }
      });
    }
  }
  await inContext(file, { viewport: PAPER, colorScheme: "dark" }, async (page, fault) => {
    await page.emulateMedia({ media: "print", colorScheme: "light" });
    await checkNothingCutOff(page, fault);
    await picture(page, file, "print");
    await page.emulateMedia({ media: null });
    await checkPaper(page, file, fault);
  });
  await inContext(file, { viewport: DESKTOP, javaScriptEnabled: false }, async (page, fault) => {
    const text = await page.locator("main").innerText();
    note(text.length > 200, fault, "without scripts the page is empty");
  });
}
await browser.close();

for (const fault of faults) console.log(fault);
console.log(`${files.length} pages, ${checks} checks, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);

function parseArguments(given) {
  const files = [];
  let pictures = null;
  for (let i = 0; i < given.length; i += 1) {
    if (given[i] === "--pictures") pictures = resolve(given[(i += 1)]);
    else files.push(resolve(given[i]));
  }
  if (files.length === 0) {
    console.error("usage: node check.mjs [--pictures DIR] FILE.html…");
    process.exit(1);
  }
  if (pictures) mkdirSync(pictures, { recursive: true });
  return { files, pictures };
}

function note(good, fault, text) {
  checks += 1;
  if (!good) fault(text);
}

// Opens the file in a browser that lets nothing but this file through, and notes what it tried.
async function inContext(file, settings, check) {
  const url = pathToFileURL(file).href;
  const place = `${basename(file)} (${settings.viewport.width} px, ${settings.colorScheme ?? "light"})`;
  const fault = (text) => faults.push(`${place}: ${text}`);
  const context = await browser.newContext({ ...settings, reducedMotion: "reduce" });
  const attempts = [];
  await context.route("**/*", (route) => {
    if (route.request().url() === url) return route.continue();
    attempts.push(route.request().url());
    return route.abort();
  });
  await context.setOffline(true);
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url, { waitUntil: "load" });
  await check(page, fault);
  note(attempts.length === 0, fault, `the page tried to load ${attempts.join(", ")}`);
  note(complaints.length === 0, fault, `the browser complained: ${complaints.join("; ")}`);
  await context.close();
}

async function checkWithAxe(page, fault) {
  await page.evaluate(axeSource);
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
  note(passes.length > 10, fault, "axe checked next to nothing");
  const found = violations.map((v) => `${v.impact}: ${v.id} at ${v.nodes.map((n) => n.target.join(" ")).slice(0, 3).join(", ")}`);
  note(found.length === 0, fault, `axe: ${found.join("; ")}`);
}

async function checkNothingCutOff(page, fault) {
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  note(content <= window, fault, `the content is ${content} px wide in ${window} px`);
}

// What axe leaves to the author: tables are named and their headers have a direction, pictures
// have a text, no script, and headings go down one level at a time.
async function checkStructure(page, fault) {
  const wrong = await page.evaluate(() => {
    const wrong = [];
    if (document.scripts.length > 0) wrong.push("a script");
    for (const table of document.querySelectorAll("table")) {
      if (!table.caption?.textContent.trim()) wrong.push("a table without a caption");
      for (const th of table.querySelectorAll("th")) {
        if (!th.scope) wrong.push(`a header without scope: ${th.innerText}`);
      }
    }
    for (const svg of document.querySelectorAll("svg")) {
      const named = svg.getAttribute("role") === "img" && svg.getAttribute("aria-label");
      if (!named && svg.getAttribute("aria-hidden") !== "true") wrong.push("a picture without a text");
    }
    let level = 0;
    for (const heading of document.querySelectorAll("h1,h2,h3,h4,h5,h6")) {
      const next = Number(heading.tagName[1]);
      if (next > level + 1) wrong.push(`a heading out of order: ${heading.innerText}`);
      level = next;
    }
    return wrong;
  });
  note(wrong.length === 0, fault, wrong.join("; "));
}

// Tab walks through everything that takes focus, in the order of the page, visibly.
async function checkKeyboard(page, fault) {
  await page.evaluate(() => {
    const takesFocus = "a[href], summary, [tabindex='0']";
    const shown = [...document.querySelectorAll(takesFocus)].filter((e) => e.checkVisibility());
    shown.forEach((element, i) => { element.dataset.order = String(i); });
    document.body.dataset.count = String(shown.length);
  });
  const count = Number(await page.evaluate(() => document.body.dataset.count));
  const walked = [];
  const hidden = [];
  for (let i = 0; i < count; i += 1) {
    await page.keyboard.press("Tab");
    const [order, visible, text] = await page.evaluate(() => {
      const element = document.activeElement;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) > 0;
      const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
      return [element.dataset.order, inside && outlined, element.textContent.trim().slice(0, 40)];
    });
    walked.push(Number(order));
    if (!visible) hidden.push(text);
  }
  const inOrder = walked.every((order, i) => order === i);
  note(inOrder, fault, `Tab does not walk in the order of the page: ${walked.join(" ")}`);
  note(hidden.length === 0, fault, `focus can't be seen at ${hidden.join(", ")}`);
  const skip = await page.evaluate(() => document.querySelector("a[href='#main']") !== null);
  note(skip, fault, "there is no link past the header");
}

async function checkPaper(page, file, fault) {
  const paper = await page.pdf({ preferCSSPageSize: true, printBackground: false });
  const source = paper.toString("latin1");
  const pages = source.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  note(pages >= 1 && pages <= 40, fault, `${pages} pages of paper`);
  const box = source.match(/\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/);
  const isA4 = box && Math.abs(box[1] - 595) < 2 && Math.abs(box[2] - 842) < 2;
  note(isA4, fault, `the paper is not A4: ${box?.[0]}`);
  if (pictures) {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(join(pictures, `${nameOf(file)}.pdf`), paper);
  }
}

function nameOf(file) {
  return `${basename(dirname(file))}-${basename(file, ".html")}`;
}

async function picture(page, file, kind) {
  if (!pictures) return;
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(pictures, `${nameOf(file)}-${kind}.png`), fullPage: true });
}
