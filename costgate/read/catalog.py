"""The SDK knowledge as the evaluator asks it: what a dotted name makes, and where an attribute path of an object leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from costgate.model.value import Span
from costgate.read.things import (
    FILE,
    Args,
    Choice,
    Inst,
    Layer,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Slot,
    Str,
    Thing,
    choice,
    is_open,
    options_of,
)
from costgate.read.values import as_map, is_none

Spec = Mapping[str, Any]
MAX_DEPTH = 4
TEMPLATES, NAMES = "templates", "names"
TOGETHER = ("together", TEMPLATES, NAMES, "further")
"""How keywords count whose texts are all sent; in templates names in braces are filled, and nothing else with `names`.
Further ones are sent besides those of the object."""


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
        named = _named(spec, args).entries
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
            args = replace(args, named=_named(entry, args))
            listed = args.named.entries.get(entry["groups"]["list"], Nope("no list of models is seen"))
            return replace(self._object(entry, dotted, given(entry, args), span), groups=listed)
        plain = replace(self._object(entry, dotted, given(entry, args), span), more=args.named.more or args.more)
        named = _named(entry, args)
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
            named = _named(same, args)
            found = [named.entries[key] for key in same["fallback"] if key in named.entries]
            if found:
                settings["fallback"] = Slot(same["fallback"][0], found[0])
        return replace(target, settings=settings, layers=layers, more=target.more or args.named.more)


def lent(target: Obj, args: Args) -> Obj:
    """An object that was given others: what it does not say itself, they say; their retries multiply its own."""
    settings, defaults, layers, provider = lend(target.made, args)
    parts = tuple(each for thing in (*args.positional, *args.named.entries.values()) for each in objects_in(thing))
    target = replace(target, hidden=target.hidden or unlent(target.made, args), parts=(*target.parts, *parts))
    if not (settings or defaults or layers):
        return target
    own = {role: slot for role, slot in target.settings.items() if not any(isinstance(each, Obj) for each in _all(slot.thing))}
    told = {role: each for role, each in target.made.get("defaults", {}).items() if each or "takes" not in target.made}
    made = {**target.made, "defaults": {**defaults, **told}}
    if provider is not None:
        made["provider"] = provider
    return replace(target, settings={**settings, **own}, made=made, layers=(*target.layers, *layers))


def taken(target: Obj, method: str, args: Args) -> Obj:
    """An object after a call that gave it another one, which answers from then on, or one of those that it was given."""
    spec = target.made["takes"][method]
    settings, defaults, layers, provider = lend(spec, args)
    hidden = target.hidden or unlent(spec, args)
    if not (settings or defaults or layers):
        return replace(target, hidden=hidden)
    before = {role: slot for role, slot in target.settings.items() if target.parts}
    both = {role: _either(before.get(role), slot) for role, slot in settings.items()}
    kept = {role: default for role, default in target.made.get("defaults", {}).items() if default}
    made = {**target.made, "defaults": {**defaults, **kept}, **({"provider": provider} if provider else {})}
    parts = tuple(each for thing in (*args.positional, *args.named.entries.values()) for each in objects_in(thing))
    return replace(
        target,
        settings={**target.settings, **both},
        made=made,
        layers=target.layers if before else (*target.layers, *layers),
        hidden=hidden,
        parts=(*target.parts, *parts),
    )


def _either(before: Slot | None, slot: Slot) -> Slot:
    return slot if before is None else replace(slot, thing=choice([before.thing, slot.thing]))



def _all(thing: Thing) -> tuple[Thing, ...]:
    return thing.options if isinstance(thing, Choice) else (thing,)


def objects_in(thing: Thing, depth: int = 0) -> Iterator[Obj]:
    """The objects that a value is or holds, with those they were given themselves."""
    if isinstance(thing, Obj):
        yield thing
        yield from thing.parts
        return
    inner: tuple[Thing, ...] = ()
    if isinstance(thing, Choice):
        inner = thing.options
    elif isinstance(thing, Seq):
        inner = thing.items
    elif isinstance(thing, Map):
        inner = (*thing.entries.values(), *([] if thing.rest is None else [thing.rest]))
    for each in inner if depth < MAX_DEPTH else ():
        yield from objects_in(each, depth + 1)


def lend(spec: Spec, args: Args) -> tuple[dict[str, Slot], dict[str, Any], list[Layer], str | None]:
    """What the objects among the arguments lend: settings, defaults, retry layers, provider."""
    settings: dict[str, Slot] = {}
    defaults: dict[str, Any] = {}
    layers: list[Layer] = []
    provider: str | None = None
    named = _named(spec, args)
    for keyword in spec.get("inherit", ()):
        thing = dig(named, keyword.split("."))
        objects = [each for each in _all(thing) if isinstance(each, Obj)] if thing is not None else []
        for each in [_together(objects)] if objects else []:
            settings.update({role: slot for role, slot in each.settings.items() if role != "retries"})
            inner = dict(each.made.get("defaults", {}))
            built_in = [Layer(own["what"], Lit(own["attempts"]), "attempts", None) for own in each.made.get("layers", ())]
            layers += [*each.layers, *built_in, *_own_retries(each, inner.pop("retries", None))]
            defaults.update(inner)
            provider = each.made.get("provider") or provider
        built = spec.get("builds", {}).get(keyword)
        if built is not None and not objects and (thing is None or isinstance(thing, (Str, Lit))):
            inner = dict(built.get("defaults", {}))
            retries = inner.pop("retries", None)
            if retries is not None and "value" in retries:
                layers.append(Layer("client", Lit(retries["value"]), retries.get("counts", "retries"), None))
            layers += [Layer(own["what"], Lit(own["attempts"]), "attempts", None) for own in built.get("layers", ())]
            defaults.update(inner)
            provider = built.get("provider") or provider
    if "each" not in spec.get("runs", {"each": ""}):  # how often its members may ask is no limit of a team
        settings.pop("turn_limit", None)
        defaults.pop("turn_limit", None)
    return settings, defaults, layers, provider


def _together(objects: Sequence[Obj]) -> Obj:
    """One object that says what each of several says; what only some say is one of several or nothing."""
    first, *rest = objects
    settings = dict(first.settings)
    for role in dict.fromkeys(role for each in objects for role in each.settings) if rest else ():
        things = [each.settings[role].thing if role in each.settings else _default_of(each, role) for each in objects]
        slot = next(each.settings[role] for each in objects if role in each.settings)
        settings[role] = replace(slot, thing=choice(things))
    return replace(first, settings=settings)


def _default_of(target: Obj, role: str) -> Thing:
    default = target.made.get("defaults", {}).get(role, {})
    return Lit(default["value"], "sdk-default") if isinstance(default.get("value"), int) else Lit(None)


def unlent(spec: Spec, args: Args) -> str | None:
    """Why the settings of an object among the arguments are not seen; None where there is none, or it is followed."""
    named = _named(spec, args)
    for keyword in spec.get("inherit", ()):
        thing = dig(named, keyword.split("."))
        for each in _all(thing) if thing is not None else ():
            if isinstance(each, Obj) and (each.hidden or each.more):
                return each.hidden or each.more
            if isinstance(each, (Nope, Partial, Inst, Rec, Ref, Map)):
                return f"`{keyword}` is not followed: {each.why}" if isinstance(each, Nope) else f"`{keyword}` is not followed"
    return None


def _own_retries(target: Obj, default: Spec | None) -> list[Layer]:
    slot = target.settings.get("retries")
    counts = (slot.counts if slot is not None else None) or (default or {}).get("counts", "retries")
    if slot is not None and not (isinstance(slot.thing, Lit) and slot.thing.value is None):
        return [Layer(f"{target.sdk} client", slot.thing, counts, target.span)]
    if default is not None and "value" in default:
        return [Layer(f"{target.sdk} client", Lit(default["value"]), counts, None)]
    return []


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


def spread(spec: Spec, args: Args) -> Args:
    """The arguments with those of a dict among them, which are keywords of their own where none is passed itself."""
    keyword = spec.get("spreads")
    if keyword is None or keyword not in args.named.entries:
        return args
    held = as_map(args.named.entries[keyword])
    own = {key: each for key, each in args.named.entries.items() if key != keyword and not is_none(each)}
    named = Map({**held.entries, **own}, held.maybe.difference(own) | args.named.maybe, args.named.more or held.more)
    return replace(args, named=named)


def _named(spec: Spec, args: Args) -> Map:
    entries = dict(zip(spec.get("positional", ()), args.positional, strict=False))
    return replace(args.named, entries={**entries, **args.named.entries})


def given(spec: Spec, args: Args) -> dict[str, Slot]:
    """Role -> what these arguments say of it, through the signature's keywords; the first keyword passed wins.

    Texts that are sent together are a list of all that are passed.
    What may stand in a dict or object that is not seen into is there, and not known.
    """
    named = _named(spec, args)
    result: dict[str, Slot] = {}
    for role, keywords in spec["args"].items():
        for keyword in keywords:
            thing = dig(named, keyword.split("."))
            if spec.get("counts", {}).get(keyword) == "seen":
                thing = next((each for each in options_of(thing) if not isinstance(each, Nope)), None) if thing is not None else None
            if thing is not None and role in result and is_none(thing) and not is_open(thing):
                continue
            if thing is not None:
                result[role] = Slot(keyword, thing, spec.get("counts", {}).get(keyword), spec.get("units", {}).get(keyword))
                if not (isinstance(thing, Lit) and thing.value is None):
                    break
        if role in result and result[role].counts in TOGETHER:
            every = [each for keyword in keywords if (each := dig(named, keyword.split("."))) is not None]
            every = [each for each in every if not (isinstance(each, Lit) and each.value is None)]
            result[role] = replace(result[role], thing=Seq(tuple(every))) if len(every) > 1 else result[role]
        if role not in result:
            hidden = _behind(named.entries, [each for each in keywords if spec.get("counts", {}).get(each) != "seen"])
            if hidden is not None:
                result[role] = Slot(hidden[0], Nope(hidden[1], outside=True, empty=True), hidden=True)
    return result


def _behind(named: Mapping[str, Thing], keywords: Sequence[str]) -> tuple[str, str] | None:
    """A nested keyword whose holder is passed and not seen into, and why."""
    for keyword in keywords:
        head, *rest = keyword.split(".")
        why = _hidden(named[head], rest) if rest and head in named else None
        if why is not None:
            return keyword, why
    return None


def dig(base: Thing, path: list[str]) -> Thing | None:
    """A nested key or attribute; None when it is certainly not there."""
    if not path:
        return base
    name, *rest = path
    if isinstance(base, Choice):
        found = [dig(each, path) for each in base.options]
        if all(each is None for each in found):
            return None
        return choice([Lit(None) if each is None else each for each in found])
    if isinstance(base, Rec):
        base = base.args.named
    if isinstance(base, Map) and name != "*":
        if name not in base.entries:
            name = _camel(name)
        if name in base.entries:
            inner = dig(base.entries[name], rest)
            if inner is not None and name in base.maybe:
                return choice([inner, Lit(None)])
            return inner
        return None
    if name == "*" and isinstance(base, (Seq, Map)):
        found = [dig(each, rest) for each in (base.items if isinstance(base, Seq) else base.entries.values())]
        there = [each for each in found if each is not None]
        return choice(there) if there else None
    if isinstance(base, Nope):
        return base
    return None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def opened(args: Args, spec: Spec) -> str | None:
    """Why a role that was not seen may still be passed; None when the call is fully visible."""
    why = args.named.more or args.more
    if why is None and len(args.positional) > len(spec.get("positional", ())):
        why = "an argument is passed by position"
    return why


def _hidden(holder: Thing, path: list[str]) -> str | None:
    """Why a nested key that was not seen may still be in there."""
    if isinstance(holder, Choice):
        return next((why for each in holder.options if (why := _hidden(each, path))), None)
    if isinstance(holder, Nope):
        return holder.why
    if isinstance(holder, Ref):
        return f"`{holder.dotted}` is not followed"
    if is_open(holder):
        return "it is None unless a caller or a setting says otherwise"
    if isinstance(holder, Rec) and holder.args.positional and not holder.args.named.entries:
        return f"the result of `{holder.symbol.rpartition('.')[2]}()` is not followed"
    inner = holder.args.named if isinstance(holder, Rec) else holder
    if isinstance(inner, Seq) and path[0] == "*":
        return inner.more or next((why for each in inner.items if (why := _hidden(each, path[1:]))), None)
    if isinstance(inner, Map):
        return inner.more or (_hidden(inner.entries[path[0]], path[1:]) if path[1:] and path[0] in inner.entries else None)
    if isinstance(holder, Inst):
        return "an object of the tree's own is not followed"
    return "it is not followed" if isinstance(holder, Partial) else None
