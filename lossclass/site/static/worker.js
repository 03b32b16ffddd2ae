// Python, apart from the page, so that the page never freezes. It gets the site once, then requests,
// and gives back JSON; what they are is told in lossclass/site/page.py.

let page;

const tell = (done, what) => postMessage({ progress: done, what });

async function fetched(address, integrity) {
  const response = await fetch(address, integrity ? { integrity } : {});
  if (!response.ok) throw new Error(`${address}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

async function start({ site, text, root }) {
  const { base, packages, wheels, integrity } = site.runtime;
  const runtime = new URL(base, root).href;
  tell(0.05, "Python is being loaded.");
  const archive = fetched(new URL("lossclass.zip", root));
  const beside = wheels.map((name) => fetched(new URL(name, runtime)));
  // Fetched with its hash first: what Pyodide then takes of these is in the browser's cache.
  for (const [name, hash] of Object.entries(integrity)) await fetched(new URL(name, runtime), hash);
  const { loadPyodide } = await import(new URL("pyodide.mjs", runtime).href);
  const python = await loadPyodide({ indexURL: runtime, env: { PYDANTIC_DISABLE_PLUGINS: "__all__" } });
  tell(0.5, "Packages are being loaded.");
  if (packages.length) await python.loadPackage(packages, { messageCallback: () => {} });
  for (const wheel of beside) python.unpackArchive(await wheel, "wheel");
  const where = python.runPython("import sysconfig; sysconfig.get_path('purelib')");
  python.unpackArchive(await archive, "zip", { extractDir: where });
  tell(0.7, "lossclass is being loaded.");
  python.runPython("import importlib; importlib.invalidate_caches()");
  page = python.pyimport("lossclass.site.page").page_of(text);
  tell(1, "");
}

addEventListener("message", async ({ data }) => {
  try {
    if (data.site) await start(data);
    else postMessage({ id: data.id, answer: JSON.parse(page.answer(JSON.stringify(data.request))) });
  } catch (error) {
    postMessage({ id: data.id, failed: String(error.message ?? error).trim().split("\n").at(-1) });
  }
});
