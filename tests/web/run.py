#!/usr/bin/python3
"""Tests of the embedded machine: tests/web/run.py chromium|firefox|node|types [--full] [--only TEXT]

In a browser, in Node.js, and its type declarations. Prints TAP. Needs `make web`; what a browser needs is fetched."""
import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path.append(HERE)
import sites  # noqa: E402

MODULES = ["puppeteer-core@24", "typescript@5", "vite@7", "@types/node@24"]
PROGRAMS = {"chromium": ["chromium"], "firefox": ["firefox-esr", "firefox"]}


def script(*words):
    """What a script of ours prints, or None if it fails."""
    run = subprocess.run([os.path.join(ROOT, "scripts", words[0]), *words[1:]], stdout=subprocess.PIPE, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else None


def skip(why):
    print("1..0 # SKIP " + why)
    sys.exit(0)


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode:
        print("Bail out! %s\n%s" % (" ".join(command), done.stdout))
        print("not ok 1 - preparation\n1..1")
        sys.exit(1)
    return done.stdout


def make_package(extra):
    """extra/pack.js and pack.data, by Emscripten's file_packager."""
    sdk = script("toolchain/sdk.sh")
    find = '. "$0/env.sh" && readlink -f "$(command -v emcc)"'
    tools = os.path.join(os.path.dirname(run(["sh", "-c", find, sdk]).strip()), "tools", "file_packager.py")
    initrd = os.path.join(ROOT, "build", "guest", "initramfs.cpio.gz")
    run([sys.executable, tools, "pack.data", "--js-output=pack.js", "--preload", initrd + "@/pack/initramfs.cpio.gz"], cwd=extra)


def check_links(package):
    """What the package's documents link to is in the package."""
    for name in "README.md", "embedding.md":
        with open(os.path.join(package, name)) as f:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", f.read()):
                if not os.path.exists(os.path.join(package, link)):
                    print("not ok 1 - %s of the package links to %s, which is not there\n1..1" % (name, link))
                    sys.exit(1)


def install_package(folder):
    """The npm package, installed in a folder."""
    tarball = script("npm-pack.sh", os.path.join(folder, "pack"))
    with open(os.path.join(folder, "package.json"), "w") as f:
        json.dump({"private": True, "type": "module"}, f)
    check_links(os.path.join(folder, "pack", "package"))
    run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", tarball], cwd=folder)


def make_vite(folder, modules, node):
    """A project that uses the package, built by Vite without any settings; the folder of the result."""
    shutil.copytree(os.path.join(HERE, "vite"), folder)
    install_package(folder)
    run([node, os.path.join(modules, "node_modules", "vite", "bin", "vite.js"), "build"], cwd=folder)
    dist = os.path.join(folder, "dist")
    for place in dist, os.path.join(folder, "public"):
        os.makedirs(place, exist_ok=True)
        os.symlink(os.path.join(ROOT, "build", "web", "guest"), os.path.join(place, "guest"))
    return dist


def start_vite(folder, modules, node):
    """(process, address) of Vite's server for development, in a project of make_vite()."""
    server = subprocess.Popen([node, os.path.join(modules, "node_modules", "vite", "bin", "vite.js"), "--port", "0"], cwd=folder,
                              stdout=subprocess.PIPE, text=True, env=dict(os.environ, NO_COLOR="1"))
    for line in server.stdout:
        found = re.search(r"http://\S+:\d+", line)
        if found:
            return server, found[0]
    return server, None


def find_browser(name):
    script("packages.sh", "browsers")
    for program in PROGRAMS[name]:
        if shutil.which(program):
            return shutil.which(program)
    skip("no %s, and it cannot be installed here" % name)


def browser(options, tmp, node, cleanup):
    executable = find_browser(options.what)
    modules = script("toolchain/npm.sh", "browser-tests", *MODULES)
    if not modules:
        skip("npm cannot fetch " + " ".join(MODULES))
    extra = os.path.join(tmp, "extra")
    os.mkdir(extra)
    make_package(extra)
    web = os.path.join(ROOT, "build", "web")
    served = {"isolated": sites.start(web, extra), "plain": sites.start(web, extra, isolation=False),
             "csp": sites.start(web, extra, csp=True)}
    if options.what == "chromium":
        project = os.path.join(tmp, "vite")
        served["vite"] = sites.start(make_vite(project, modules, node), extra)
        server, served["viteServer"] = start_vite(project, modules, node)
        cleanup.callback(server.kill)
    settings = {"browser": options.what, "executable": executable, "modules": modules, "sites": served,
                "profile": os.path.join(tmp, "profile"), "only": options.only, "full": options.full}
    os.mkdir(settings["profile"])
    # Browsers keep things in the home directory beside the profile.
    environment = dict(os.environ, HOME=tmp, XDG_CONFIG_HOME=tmp, XDG_CACHE_HOME=tmp)
    return subprocess.run([node, os.path.join(HERE, "browser.mjs"), json.dumps(settings)], env=environment,
                          check=False).returncode


def in_node(options, tmp, node, _):
    install_package(tmp)
    os.mkdir(os.path.join(tmp, "extra"))
    make_package(os.path.join(tmp, "extra"))
    shutil.copy(os.path.join(HERE, "node.mjs"), tmp)
    environment = dict(os.environ, PATH=os.path.dirname(node) + ":" + os.environ["PATH"])
    return subprocess.run([node, "node.mjs", os.path.join(ROOT, "build", "guest"), options.only or ""], cwd=tmp, check=False,
                          env=environment).returncode


def types(options, tmp, node, _):
    modules = script("toolchain/npm.sh", "browser-tests", *MODULES)
    if not modules:
        skip("npm cannot fetch " + " ".join(MODULES))
    tsc = os.path.join(modules, "node_modules", "typescript", "bin", "tsc")
    shutil.copytree(os.path.join(ROOT, "runtime", "js"), os.path.join(tmp, "weft"))
    config = {"compilerOptions": {"noEmit": True, "strict": True, "target": "es2022", "types": [], "module": "esnext",
                                  "lib": ["es2022", "dom", "esnext.disposable"], "moduleResolution": "bundler",
                                  "paths": {"weft": ["./weft/weft.d.ts"]}}}
    failures = 0
    for n, (name, wanted) in enumerate((("example.ts", True), ("wrong.ts", False)), 1):
        shutil.copy(os.path.join(HERE, "types", name), tmp)
        with open(os.path.join(tmp, "tsconfig.json"), "w") as f:
            json.dump(dict(config, files=[name]), f)
        done = subprocess.run([node, tsc, "-p", tmp], stdout=subprocess.PIPE, text=True, check=False)
        marks = sum("// error" in line for line in open(os.path.join(tmp, name)))
        good = done.returncode == 0 if wanted else done.stdout.count("error TS") == marks
        print("%s %d - types: %s" % ("ok" if good else "not ok", n, name))
        if not good:
            failures += 1
            print("#   " + done.stdout.replace("\n", "\n#   "))
    print("1..2")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["chromium", "firefox", "node", "types"])
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", metavar="TEXT", help="cases whose name has this in it")
    options = parser.parse_args()
    node = script("toolchain/node.sh")
    run_one = {"node": in_node, "types": types}.get(options.what, browser)
    with tempfile.TemporaryDirectory(prefix="weft-web-") as tmp, contextlib.ExitStack() as cleanup:
        sys.exit(1 if run_one(options, tmp, node, cleanup) else 0)


if __name__ == "__main__":
    main()
