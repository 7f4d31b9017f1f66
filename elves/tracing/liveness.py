"""Dead code: equations, and what loops and branches carry, stack and give, that nobody reads.

Source: Aho, Lam, Sethi & Ullman, Compilers (2006), section 9.2.5, live variables.
"""

from elves.tracing.ir import IR, Equation, Var, reads, variables


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
    used = {*variables([(e.args, e.kwargs) for e in ir.equations]), *variables(ir.outputs)}
    return {i for i, v in enumerate(ir.inputs) if v in used}


def slim_while(e, needed):
    """A while_loop that carries and keeps only what is read, after it or in it."""
    body, test, n = (e.kwargs[name] for name in ("body", "test", "carries"))
    stacks = zip(e.kwargs.get("kept", ()), e.outs[n:], strict=True)
    stacks = [(i, v) for i, v in stacks if v in needed]
    before, asked = None, read_by(test)
    live = {i for i in range(n) if e.outs[i] in needed or i in asked} | {i for i, _ in stacks}
    while live != before:
        before, outs = live, [a for i, a in enumerate(body.outputs) if i in live]
        small = dead_code(body.but(body.equations, outs))
        live = live | {i for i in read_by(small) if i < n}
    read = sorted(live | asked | read_by(small))
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
    before, kept = set(), {i for i, v in enumerate(e.outs) if v in needed}
    while kept != before:  # what is kept may read what is carried
        before, outs = kept, [a for i, a in enumerate(body.outputs) if i in kept]
        small = dead_code(body.but(body.equations, outs))
        used = {*variables([(e.args, e.kwargs) for e in small.equations]), *variables(outs)}
        kept = kept | {i for i in range(n) if body.inputs[i] in used}
    if e.kwargs["length"] is None and used.isdisjoint(body.inputs[n:ends]):
        used.add(body.inputs[n])  # it says how often
    read = [i for i, v in enumerate(body.inputs) if (i in kept if i < n else v in used)]
    small, sizes = narrowed(small, read), [sum(i < end for i in read) for end in (n, ends)]
    options = {"body": small, "carries": sizes[0], "sequences": sizes[1] - sizes[0]}
    outs = tuple(v for i, v in enumerate(e.outs) if i in kept)
    return Equation(e.rule, tuple(e.args[i] for i in read), e.kwargs | options, outs)


def slim_cond(e, needed):
    """A cond that gives and reads only what is needed after it."""
    kept = [i for i, v in enumerate(e.outs) if v in needed]
    bodies = [e.kwargs["true"], e.kwargs["false"]]
    bodies = [dead_code(b.but(b.equations, [b.outputs[i] for i in kept])) for b in bodies]
    used = {*variables([(b.outputs, [(x.args, x.kwargs) for x in b.equations]) for b in bodies])}
    inputs = enumerate(zip(*(b.inputs for b in bodies), strict=True))
    read = [i for i, pair in inputs if i == 0 or not used.isdisjoint(pair)]
    options = dict(zip(("true", "false"), (narrowed(b, read) for b in bodies), strict=True))
    outs = tuple(e.outs[i] for i in kept)
    return Equation(e.rule, tuple(e.args[i] for i in read), options, outs)


def narrowed(body, read):
    """A body that takes only these of its inputs."""
    return IR.body([body.inputs[i] for i in read], body.equations, body.outputs)


SLIM = {"scan": slim_scan, "while_loop": slim_while, "cond": slim_cond}
