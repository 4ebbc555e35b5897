"""The SDK knowledge as the evaluator asks it: what a dotted name makes, and where an attribute path of an object leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from costgate.model.value import Span
from costgate.read.given import Spec, given, named_by, spread
from costgate.read.lending import lent, objects_in
from costgate.read.things import (
    FILE,
    Args,
    Layer,
    Lit,
    Map,
    Nope,
    Obj,
    Rec,
    Ref,
    Slot,
    Str,
    Thing,
    is_open,
    options_of,
)
from costgate.read.values import is_none


class Catalog:
    """Look-ups over the compiled tables of knowledge/sdks. `held` gives an entry as it holds for a file's release."""

    def __init__(self, knowledge: Mapping[str, Any], held: Callable[[Spec, str], Spec] = lambda entry, path: entry) -> None:
        self.held_for = held
        self.objects: Mapping[str, Spec] = knowledge["objects"]
        self.symbols: Mapping[str, list[Spec]] = knowledge["symbols"]
        self.sdks: Mapping[str, Spec] = knowledge["sdks"]
        self.layers: Mapping[str, Spec] = knowledge["retries"]["layers"]
        self.stops: Mapping[str, Spec] = knowledge["retries"]["stops"]
        self.http: Spec = knowledge["http"]
        self.absent = frozenset(knowledge["absent"])
        self.aliases: Mapping[str, str] = knowledge.get("aliases", {})
        self._names: dict[str, str] = {}
        self.callables = frozenset(
            symbol.split(".")[-1]
            for symbol, entries in self.symbols.items()
            for entry in entries
            if entry["what"] == "object" and "__call__" in self.objects[entry["object"]]["calls"]
        ) | {
            path.split(".")[-1]
            for each in self.objects.values()
            for path, made in each["makes"].items()
            if any("__call__" in self.objects[one["object"]]["calls"] for one in made)
        }
        """The last words of what makes objects that are a call when they are called themselves."""
        self.modules = frozenset(module.split(".")[0] for module in knowledge["modules"])
        self.untyped: Mapping[str, list[str]] = knowledge["untyped"]
        self._held = {
            symbol: entry
            for symbol, entries in self.symbols.items()
            for entry in entries
            if entry["what"] == "object" and entry.get("module")
        }

    def knows(self, dotted: str) -> bool:
        """Whether any table speaks of the name."""
        return any(dotted in table for table in (self.symbols, self.layers, self.stops, self.http["requests"]))

    def unsaid(self, things: Sequence[Thing]) -> list[Thing]:
        """What takes the place of a missing value: beside an SDK's word for an argument that is not passed, the None it stands for."""
        return [each for thing in things for each in ((thing, Lit(None)) if self._is_word_for_nothing(thing) else (thing,))]

    def spoken(self, args: Args) -> Args:
        """The arguments without those that an SDK's word says are not passed."""
        entries = {key: each for key, each in args.named.entries.items() if not self._is_nothing(each)}
        return replace(args, named=replace(args.named, entries=entries)) if len(entries) < len(args.named.entries) else args

    def _is_nothing(self, thing: Thing) -> bool:
        options = options_of(thing)
        return any(map(self._is_word_for_nothing, options)) and all(
            self._is_word_for_nothing(each) or is_none(each) and not is_open(each) for each in options
        )

    def _is_word_for_nothing(self, thing: Thing) -> bool:
        return isinstance(thing, Ref) and thing.dotted in self.absent

    def canonical(self, dotted: str) -> str:
        """The name that the tables know something by: `package.inner.Name` is `package.Name` where only that is told."""
        found = self._names.get(dotted)
        if found is None:
            found = self._names[dotted] = self._known_as(dotted)
        return found

    def _known_as(self, dotted: str) -> str:
        for alias, target in self.aliases.items():
            if dotted == alias or dotted.startswith(f"{alias}."):
                dotted = target + dotted[len(alias) :]
                break
        module, _, name = dotted.rpartition(".")
        if dotted in self.symbols or dotted in self.layers or module.split(".")[0] not in self.modules:
            return dotted
        while "." in module:
            module = module.rpartition(".")[0]
            shorter = f"{module}.{name}"
            if shorter in self.symbols:
                return shorter
        return dotted

    def tails(self) -> frozenset[str]:
        """The last words of everything that can be a site when called."""
        paths = {path.split(".")[-1] for each in self.objects.values() for path in each["calls"]}
        names = {
            symbol.split(".")[-1]
            for symbol, entries in self.symbols.items()
            if any(self.site_kind(entry) for entry in entries)
        }
        return frozenset(paths | names) - {"__call__"}

    @cached_property
    def holders(self) -> dict[str, tuple[bytes, ...]]:
        """Last words of calls that stand behind a further name of the SDK's own: these names, in lower case.

        `extend` is a call of `videos.extend`: where no file says `videos`, it is that of a list.
        """
        found: dict[str, set[str]] = defaultdict(set)
        for each in self.objects.values():
            for path in each["calls"]:
                *before, tail = path.split(".")
                found[tail].add(before[-1] if before else "")
        for symbol in self.symbols:
            *before, tail = symbol.split(".")
            found[tail].add(before[-1] if before and before[-1][:1].isupper() else "")
        return {tail: tuple(word.lower().encode() for word in words) for tail, words in found.items() if "" not in words}

    def handed_over(self) -> frozenset[str]:
        """The last words of call paths: worth noting where a method is passed on without being called."""
        paths = {path.split(".")[-1] for each in self.objects.values() for path in each["calls"]}
        return frozenset(paths.union(self.http["tails"]))

    def site_kind(self, entry: Spec) -> str | None:
        """The kind of entry that calling a symbol is, None when it is none."""
        if entry["what"] == "call":
            return str(entry.get("kind"))
        if entry["what"] == "object" and not entry.get("abstract"):
            site = self.objects[entry["object"]]["site"]
            return None if site is None else str(site)
        return None

    def entry(self, dotted: str, args: Args) -> Spec | None:
        """What calling a dotted name means with these arguments."""
        for entry in self.symbols.get(dotted, ()):
            if _holds(entry.get("when"), args):
                return entry
        return None

    def is_text(self, thing: Rec) -> bool:
        """Whether it is a message or a template of some SDK."""
        return thing.symbol == FILE or any(entry["what"] == "text" for entry in self.symbols.get(thing.symbol, ()))

    def fits(self, spec: Spec, args: Args) -> bool:
        """Whether one of the arguments that make a call of it is seen: an object of an SDK, a text, a record."""
        named = named_by(spec, args).entries
        needs = spec.get("needs")
        return needs is None or any(self._seen(each) for word in needs if word in named for each in options_of(named[word]))

    def _seen(self, thing: Thing) -> bool:
        if isinstance(thing, Rec):
            return any(entry["what"] == "record" for entry in self.symbols.get(thing.symbol, ()))
        return isinstance(thing, (Obj, Str))

    def module_object(self, dotted: str) -> Obj | None:
        """`package.path`, where the package itself serves as the client and the path leads to a call."""
        parts = dotted.split(".")
        for count in range(len(parts) - 1, 0, -1):
            entry = self._held.get(".".join(parts[:count]))
            if entry is not None and dotted not in self.symbols:
                path = ".".join(parts[count:])
                if self._leads(self.objects[entry["object"]], path):
                    return self._object(entry, ".".join(parts[:count]), {}, Span("", 1)).at(path)
        return None

    def held(self, dotted: str, span: Span) -> Obj | Rec | None:
        """An object that an annotation names: of that type, made where we do not see."""
        if dotted in self.http["objects"]:
            return Rec(dotted, Args((), Map({}, more="the client is handed in")), span)
        for entry in self.symbols.get(dotted, ()):
            if entry["what"] == "object":
                made = self._object(entry, dotted, {}, span)
                return replace(made, path=str(entry.get("at", "")), more="the object is handed in")
        return None

    def guessed(self, path: str, args: Args, imported: frozenset[str], span: Span) -> Obj | None:
        """The object behind a call path on a receiver that nothing types, where path and arguments are beyond doubt.

        The model or the prompt is passed by name, and the other one too or may be, through a splat. Of several SDKs with
        such a call, one that the module imports is taken, else the only one that takes the form of the answer as it is
        passed, else the one whose path it is.
        """
        every = self.untyped.get(path, ())
        kinds = [kind for kind in every if imported & set(self.sdks[self.objects[kind]["sdk"]]["modules"])] or list(every[:1])
        formed = [kind for kind in every if "schema" in given(self.objects[kind]["calls"][path], Args((), args.named))]
        if formed and not set(formed) & set(kinds) and len({self.objects[kind]["sdk"] for kind in formed}) == 1:
            kinds = formed
        for kind in kinds:
            spec = self.objects[kind]["calls"][path]
            named = given(spec, Args((), args.named))
            told = named.keys() & {"model", "prompt"}
            telling = named.keys() & {"model", "prompt", "schema"}
            if told and (len(telling) > 1 or "." in path and args.named.more):
                made = {"object": kind, "sdk": self.objects[kind]["sdk"], "args": {}, "defaults": {}}
                return replace(self._object(made, kind, {}, span), path=path, more="the client is handed in")
        return None

    def chain(self, dotted: str, span: Span) -> Obj | None:
        """What a piped prompt template makes of a model that is not followed; None when it is no template of a pipe."""
        owner = dotted.partition("().")[0]
        while owner and not any(entry["what"] == "text" for entry in self.symbols.get(owner, ())):
            owner = owner.rpartition(".")[0]
        sdks = {entry["sdk"] for entry in self.symbols.get(owner, ()) if entry["what"] == "text"}
        for symbol, entries in self.symbols.items():
            for entry in entries:
                abstract = entry["what"] == "object" and entry.get("abstract") and entry["sdk"] in sdks
                if abstract and self.objects[entry["object"]]["pipe"]:
                    return replace(self._object(entry, symbol, {}, span), more="the model of the chain is not followed")
        return None

    def make(self, dotted: str, args: Args, span: Span) -> Thing | None:
        """The object that calling a symbol makes, None when it makes none we know."""
        entry = self.entry(dotted, args)
        if entry is None:
            return None
        if entry["what"] in ("record", "text"):
            args = spread(entry, args)
            names = {name: args.positional[i] for i, name in enumerate(entry.get("positional", ())) if i < len(args.positional)}
            named = replace(args.named, entries={**names, **args.named.entries})
            return Rec(dotted, Args((), named, args.more), span)
        if entry["what"] != "object":
            return None
        entry = self.held_for(entry, span.path)
        args = spread(entry, args)
        if "groups" in entry:
            args = replace(args, named=named_by(entry, args))
            listed = args.named.entries.get(entry["groups"]["list"], Nope("no list of models is seen"))
            return replace(self._object(entry, dotted, given(entry, args), span), groups=listed)
        plain = replace(self._object(entry, dotted, given(entry, args), span), more=args.named.more or args.more)
        named = named_by(entry, args)
        plain = replace(plain, named=replace(named, more=named.more or args.more))
        if "runs" not in entry:
            return lent(plain, args)
        from costgate.read.runs import runs_of

        return replace(lent(plain, args), runs=runs_of(self, plain))

    def passed(self, dotted: str, args: Args) -> Thing | None:
        """For a function that gives back its argument: that argument."""
        entry = self.entry(dotted, args)
        if entry is None or entry["what"] != "passes":
            return None
        which = entry["passes"]
        if which == "any chain":
            chains = (each for thing in (*args.positional, args.named) for each in objects_in(thing))
            return next((each for each in chains if self.objects[each.kind]["pipe"]), None)
        if isinstance(which, int):
            return args.positional[which] if which < len(args.positional) else next(iter(args.named.entries.values()), None)
        return args.named.entries.get(which)

    def attribute(self, base: Obj, name: str) -> Thing:
        """One attribute further along the path of an object."""
        spec = self.objects[base.kind]
        last = base.path.rpartition(".")[2]
        path = base.path.rpartition(".")[0] if last in spec["same"] else base.path
        path = f"{path}.{name}" if path else name
        if self._leads(spec, path) or name in spec["same"]:
            return base.at(path)
        if not base.path:
            for role, keywords in base.made["args"].items():
                if name in keywords and role in base.settings:
                    return base.settings[role].thing
        return base.at(path)

    def _leads(self, spec: Spec, path: str) -> bool:
        prefix = f"{path}."
        return any(key == path or key.startswith(prefix) for part in ("calls", "makes") for key in spec[part])

    def call_spec(self, target: Obj) -> Spec | None:
        """The signature that calling an object at its path has, None when that is no billable call."""
        found: Spec | None = self.objects[target.kind]["calls"].get(target.path or "__call__")
        return None if found is None else self.held_for(found, target.span.path)

    def called(self, target: Obj, args: Args, span: Span) -> Thing:
        """What calling an object at its path gives back."""
        spec = self.objects[target.kind]
        for made in spec["makes"].get(target.path, ()):
            if _holds(made.get("when"), args):
                return self._made(target, made, args, span)
        head, _, last = target.path.rpartition(".")
        same = spec["same"].get(last)
        if same is not None:
            return self._same(target.at(head), last, same, args, span)
        if target.path in spec["calls"] or not target.path:
            return Rec(f"{target.kind}:{target.path}", Args(), span)
        return Nope(f"the result of `.{target.path}()` is not followed")

    def _made(self, target: Obj, made: Spec, args: Args, span: Span) -> Obj:
        made = self.held_for(made, span.path)
        entry = {**made, "sdk": self.objects[made["object"]]["sdk"]}
        for key in ("provider", "model_format"):
            if key in target.made:
                entry.setdefault(key, target.made[key])
        entry["defaults"] = {**target.made.get("defaults", {}), **made.get("defaults", {})}
        settings = {**target.settings, **given(made, args)}
        more = target.more or args.named.more
        result = self._object(entry, f"{target.symbol}().{target.path}", settings, span)
        return lent(replace(result, more=more, layers=target.layers, key=target.key, hidden=target.hidden), args)

    def _object(self, entry: Spec, symbol: str, settings: Mapping[str, Slot], span: Span) -> Obj:
        return Obj(str(entry["sdk"]), str(entry["object"]), symbol, settings, self.held_for(entry, span.path), span)

    def _same(self, target: Obj, name: str, same: Spec, args: Args, span: Span) -> Obj:
        layers = target.layers
        if "retry" in same:
            layers = (*layers, _layer(name, same["retry"], args, span))
        spec = target.made if same["args"] is None else same
        settings = {**target.settings, **given(spec, args)}
        if "fallback" in same:
            named = named_by(same, args)
            found = [named.entries[key] for key in same["fallback"] if key in named.entries]
            if found:
                settings["fallback"] = Slot(same["fallback"][0], found[0])
        return replace(target, settings=settings, layers=layers, more=target.more or args.named.more)


def _layer(name: str, retry: Spec, args: Args, span: Span) -> Layer:
    for keyword in retry["attempts"]:
        if keyword in args.named.entries:
            value = args.named.entries[keyword]
            plain = value.value if isinstance(value, Lit) else value
            lifted = any(plain == each for each in retry.get("unbounded", ()))
            return Layer(name, None if lifted else value, "unbounded" if lifted else retry["counts"], span)
    if "default" not in retry:
        return Layer(name, None, "unknown", span)
    return Layer(name, Lit(retry["default"]), retry["counts"], span)


def _holds(when: Spec | None, args: Args) -> bool:
    if when is None:
        return True
    position = when.get("position")
    value = args.named.entries.get(when.get("name", ""))
    if value is None and position is not None and position < len(args.positional):
        value = args.positional[position]
    return isinstance(value, Str) and value.plain == when["equals"]
