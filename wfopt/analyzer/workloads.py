"""What kind of work well-known commands do.

Only commands whose work is the same whatever the project is are in the tables: `make` may do anything, and so
may `npm run NAME`, but for a few names that mean the same everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from functools import lru_cache

from wfopt.analyzer.tools import tool_of
from wfopt.model.scripts import SHELLS, Command, commands_of, commands_of_step, script_of
from wfopt.model.workflow import Script, Step


class Work(Enum):
    """A kind of work.

    `IDLE` does nothing that takes time, `BUILD` makes files of files, `LINT` looks at sources alone, whatever
    the machine, `TEST` runs the project, `INSTALL` fetches packages, `NETWORK` talks to the outside in other
    ways, `UNKNOWN` is everything else.
    """

    IDLE = auto()
    BUILD = auto()
    LINT = auto()
    TEST = auto()
    INSTALL = auto()
    NETWORK = auto()
    UNKNOWN = auto()


def _table(kinds: dict[Work, str]) -> dict[tuple[str, ...], Work]:
    lines = ((work, line.split()) for work, text in kinds.items() for line in text.split(";"))
    return {tuple(words): work for work, words in lines if words}


# The longest entry that a command starts with decides.
_KNOWN = _table(
    {
        Work.IDLE: """
            cd; mkdir; echo; printf; set; export; pwd; ls; true; :; test; [; pushd; popd; which; umask; shopt;
            unset; local; exit; date; type; source venv/bin/activate; . venv/bin/activate;
            bats -v
        """,
        Work.BUILD: """
            tsc; webpack; vite build; esbuild; rollup; parcel build; next build; nuxt build; ng build;
            astro build; swc; babel; sass; tailwindcss; lessc; buf generate; protoc; sqlc generate;
            go build; go generate; go tool compile; cargo build; cargo doc; rustc; gcc; g++; cc; c++; clang;
            clang++; javac; kotlinc; mvn compile; mvn package; gradle assemble; gradle build; ghc; ocamlfind;
            cmake --build; cmake; ninja; meson compile; meson setup; pyinstaller; python -m build;
            python -m compileall; python setup.py build; python setup.py bdist_wheel; python setup.py sdist;
            sphinx-build; mkdocs build; hugo; jekyll build; latexmk; pdflatex; xelatex; lualatex; pandoc; dot;
            plantuml; swagger-codegen; openapi-generator; asciidoctor; hatch build; poetry build; uv build;
            npm run build; yarn build; yarn run build; pnpm build; pnpm run build; bun run build; bun build;
            dotnet build; swift build; zig build; dart compile; wasm-pack build; tinygo build; maturin build;
            cython; cythonize; gcc-ar; ar rcs; ld; strip; templ generate; msgfmt; mdbook build; typst compile
        """,
        Work.LINT: """
            ruff; ruff format; ruff check; black; isort; flake8; pylint; mypy; pyright; bandit; pyupgrade;
            autopep8; yapf; docformatter; pydocstyle; pycodestyle; codespell; yamllint; shellcheck; shfmt;
            hadolint; actionlint; zizmor; markdownlint; markdownlint-cli2; prettier; eslint; stylelint;
            biome check; biome lint; biome ci; tslint; jshint; standard; golangci-lint; gofmt; goimports;
            go vet; staticcheck; cargo fmt; rustfmt; rubocop; clang-format; cpplint; cppcheck; cmake-format;
            ktlint; detekt; checkstyle; phpcs; phpstan analyse; php-cs-fixer; psalm; ansible-lint; tflint;
            terraform fmt; terraform validate; buf lint; npm run lint; yarn lint; yarn run lint; pnpm lint;
            pnpm run lint; npm run format; npm run prettier; vale; typos; taplo fmt; taplo format; reuse lint;
            check-manifest; twine check; pre-commit run; commitlint; nixfmt; stylua; luacheck; swiftlint;
            dotnet format; interrogate; vulture; radon; xenon; djlint; sqlfluff lint; pydoclint; ec;
            editorconfig-checker; npm run typecheck; yarn typecheck; pnpm typecheck; pnpm run typecheck
        """,
        Work.TEST: """
            pytest; nextest; python -m unittest; tox; nox; go test; cargo test; cargo nextest; cargo bench;
            npm test; npm t; npm run test; yarn test; yarn run test; pnpm test; pnpm run test; bun test; jest;
            vitest; mocha; playwright test; cypress run; ctest; mvn test; mvn verify; gradle test;
            gradle check; rspec; phpunit; dotnet test; swift test; bats; deno test; ava; karma; robot; behave
        """,
        Work.INSTALL: """
            pip install; python -m venv; npm ci; npm install; npm i;
            yarn; yarn install; pnpm install; pnpm i; bun install; poetry install; pipenv install;
            pipenv sync; pdm install; pdm sync; uv sync; uv pip install; uv venv; uv tool install;
            pipx install; bundle install; gem install; composer install; cargo install; cargo fetch;
            go install; go mod download; go get; apt-get install; apt-get update; apt install; apt update;
            apk add; dnf install; yum install; brew install; choco install; conda install; conda env create;
            mamba install; mamba env create; rustup; dotnet restore; mvn dependency:go-offline; nix-env
        """,
        Work.NETWORK: """
            curl; wget; git clone; git fetch; git pull; git push; ssh; scp; rsync; gh; aws; gcloud; az;
            kubectl; helm; docker; podman; twine upload; npm publish; poetry publish; uv publish;
            cargo publish; mvn deploy; terraform apply; terraform init; ansible-playbook; gsutil; s3cmd;
            huggingface-cli; kaggle; dvc pull; dvc push; flyctl; vercel; netlify; wrangler; heroku; skopeo
        """,
    }
)
_DEEPEST = max(map(len, _KNOWN))

_SAME = {"pip3": "pip", "gradlew": "gradle", "gradlew.bat": "gradle", "mvnw": "mvn", "py.test": "pytest"}
_MODULES = frozenset({"build", "compileall", "unittest", "venv"})
_VALUED = frozenset({"-C", "-f", "--manifest-path", "--prefix", "--directory", "--cwd", "--dir"})
_PROGRAM_FOLDERS = re.compile(r"(?:^|/)\.?bin/[^/]+$|(?:^|/)(?:gradlew|mvnw)$")


def words_of(command: Command) -> tuple[str, ...]:
    """Return a command without what only runs it, such as `uv run`, `npx` or `python -m`.

    A program of the project itself keeps its folder: `./test` is not the `test` that everybody knows.

    >>> words_of(Command(words=("poetry", "run", "python", "-m", "pytest", "-q")))
    ('pytest', '-q')
    """
    program = command.bare[0] if command.bare else ""
    if "/" in program and _PROGRAM_FOLDERS.search(program) is None:
        return command.bare
    tool = tool_of(command)
    if tool.name in _MODULES and "-m" in command.bare:
        return ("python", "-m", tool.name, *tool.arguments)
    return (_SAME.get(tool.name, tool.name), *tool.arguments)


def _without_options(words: tuple[str, ...]) -> tuple[str, ...]:
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in _VALUED else words[1:]
    return words


@lru_cache(maxsize=8192)
def work_of(command: Command) -> Work:
    """Return what kind of work a command does."""
    words = words_of(command)
    if not words[0]:
        return Work.IDLE if not command.writes else Work.UNKNOWN
    if words[-1] in {"--version", "-V", "version", "--help"} or words == ("go", "env"):
        return Work.IDLE
    if words[:2] == ("go", "install") and "@" not in words[-1]:
        # A package of the project itself.
        return Work.BUILD
    for tried in (words, (words[0], *_without_options(words[1:]))):
        for count in range(min(_DEEPEST, len(tried)), 0, -1):
            found = _KNOWN.get(tried[:count])
            if found is not None:
                return found
    # Maven and Gradle take several goals, in any place.
    if words[0] in {"mvn", "gradle"}:
        goals = [_KNOWN.get((words[0], word.rpartition(":")[2])) for word in words[1:]]
        return next((goal for goal in goals if goal is not None), Work.UNKNOWN)
    return Work.UNKNOWN


def works_of(step: Step) -> frozenset[Work]:
    """Return the kinds of work in a step's script, but for `IDLE`; empty if no command is seen."""
    run = step.run
    if isinstance(run, Script) and run.shell.argv[:1] and run.shell.argv[0] in SHELLS:
        text = script_of(step)
        if text is not None:
            return _works_in_text(text)
    return works_in(commands_of_step(step))


# Several checks ask for the same scripts, one after another: each is taken apart once.
@lru_cache(maxsize=32_768)
def _works_in_text(text: str) -> frozenset[Work]:
    return works_in(commands_of(text))


def works_in(commands: Iterable[Command]) -> frozenset[Work]:
    """Return the kinds of work of some commands, but for `IDLE`."""
    return frozenset(map(work_of, commands)) - {Work.IDLE}
