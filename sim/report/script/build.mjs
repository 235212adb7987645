// Makes the bundles that are committed beside this file, and the licences of all that is in them.
// The same sources and lock file give the same bytes: `node build.mjs FOLDER` writes them elsewhere, to be compared.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? here);
const pages = ["report", "live"].filter((page) => existsSync(join(here, "source", `${page}.js`)));

/** The folder of the package that a bundled file belongs to; null for our own. */
function packageOf(file) {
  const parts = file.split("/");
  const place = parts.lastIndexOf("node_modules");
  if (place < 0) return null;
  return parts.slice(0, place + (parts[place + 1].startsWith("@") ? 3 : 2)).join("/");
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(here, folder, "package.json"), "utf8"));
  const file = ["LICENSE", "LICENSE.md", "LICENSE.txt"].map((word) => join(here, folder, word)).find(existsSync);
  if (!file) throw new Error(`${name}: no text of its licence`);
  return `${name} ${version} (${license})\n\n${readFileSync(file, "utf8").trim()}\n`;
}

const packages = new Set();
for (const page of pages) {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [`source/${page}.js`],
    outfile: join(target, `${page}.min.js`),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    metafile: true,
    banner: { js: "/* Third-party code: report/script/LICENCES.txt */" },
    logLevel: "warning",
  });
  for (const file of Object.keys(metafile.inputs)) if (packageOf(file)) packages.add(packageOf(file));
}
writeFileSync(join(target, "LICENCES.txt"), [...packages].sort().map(licenceOf).join(`\n${"-".repeat(72)}\n\n`));
