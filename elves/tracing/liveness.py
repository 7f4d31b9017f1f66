"""Dead code: equations, and what loops and branches carry, stack and give, that nobody reads.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), section 9.2.5, live variables.
"""

from elves.tracing.ir import IR, Equation, Var, fixpoint, reads, variables


def dead_code(ir):
    """Leave out what no result needs."""
    needed, kept = {a for a in ir.outputs if type(a) is Var}, []
    for e in reversed(ir.equations):
        if not needed.isdisjoint(e.outs):
            e = SLIM[e.rule.name](e, needed) if e.rule.name in SLIM else e
            needed.update(reads(e))
            kept.append(e)
    return ir.but(kept[::-1], ir.outputs)


def read_by(ir):
    """Which of its inputs a body reads."""
    used = {v for e in ir.equations for v in reads(e)}.union(variables(ir.outputs))
    return {i for i, v in enumerate(ir.inputs) if v in used}


def slimmed(body, kept):
    """A body that gives only these of its results, and which of its inputs it reads."""
    outputs = [a for i, a in enumerate(body.outputs) if i in kept]
    small = dead_code(body.but(body.equations, outputs))
    return small, read_by(small)


def passed_on(body, n, kept):
    """These results of a loop, and the carries that they are computed of, turn after turn."""
    return fixpoint(lambda kept: {i for i in slimmed(body, kept)[1] if i < n}, kept)


def slim_while(e, needed):
    """A while_loop that carries and keeps only what is read, after it or in it."""
    body, test, n = (e.kwargs[name] for name in ("body", "test", "carries"))
    stacks = zip(e.kwargs.get("kept", ()), e.outs[n:], strict=True)
    stacks, asked = [(i, v) for i, v in stacks if v in needed], read_by(test)
    live = {i for i in range(n) if e.outs[i] in needed or i in asked} | {i for i, _ in stacks}
    live = passed_on(body, n, live)
    small, used = slimmed(body, live)
    read = sorted(live | asked | used)
    options = {
        "body": narrowed(small, read), "test": narrowed(test, read), "carries": len(live),
        "kept": [read.index(i) for i, _ in stacks],
    }  # fmt: skip
    outs = (*(v for i, v in enumerate(e.outs[:n]) if i in live), *(v for _, v in stacks))
    return Equation(e.rule, tuple(e.args[i] for i in read), e.kwargs | options, outs)


def slim_scan(e, needed):
    """A scan that carries, reads and stacks only what is needed after it."""
    body, n = e.kwargs["body"], e.kwargs["carries"]
    ends = n + e.kwargs["sequences"]
    kept = passed_on(body, n, {i for i, v in enumerate(e.outs) if v in needed})
    small, used = slimmed(body, kept)
    if e.kwargs["length"] is None and used.isdisjoint(range(n, ends)):
        used.add(n)  # it says how often
    read = sorted({i for i in kept if i < n} | {i for i in used if i >= n})
    small, sizes = narrowed(small, read), [sum(i < end for i in read) for end in (n, ends)]
    options = {"body": small, "carries": sizes[0], "sequences": sizes[1] - sizes[0]}
    outs = tuple(v for i, v in enumerate(e.outs) if i in kept)
    return Equation(e.rule, tuple(e.args[i] for i in read), e.kwargs | options, outs)


def slim_cond(e, needed):
    """A cond that gives and reads only what is needed after it."""
    kept = {i for i, v in enumerate(e.outs) if v in needed}
    bodies = e.kwargs["true"], e.kwargs["false"]
    shared = bodies[0].known is not None
    known = bodies[0].known if shared else {}
    if (key := (slim_cond, id(bodies[1]), *sorted(kept))) not in known:
        (true, one), (false, two) = (slimmed(b, kept) for b in bodies)
        read = sorted({0} | one | two)
        options = {"true": narrowed(true, read), "false": narrowed(false, read)}
        options["true"].known = {} if shared else None
        known[key] = options, read, bodies
    options, read, _ = known[key]
    outs = tuple(v for v in e.outs if v in needed)
    return Equation(e.rule, tuple(e.args[i] for i in read), options, outs)


def narrowed(body, read):
    """A body that takes only these of its inputs."""
    return IR.body([body.inputs[i] for i in read], body.equations, body.outputs)


SLIM = {"scan": slim_scan, "while_loop": slim_while, "cond": slim_cond}
