/** @file Modules by their dotted names: containers for what lies between, and expressions that reach each. */
import { type Code, code, isIdentifier, textOf } from './code.ts';

interface Branch {
  made?: Code;
  readonly children: Map<string, Branch>;
}

/** Attributes of `nn.Module`, which no child can be called. */
const TAKEN = new Set(
  (
    'add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr float ' +
    'forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers ' +
    'named_children named_modules named_parameters parameters register_backward_hook register_buffer ' +
    'register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook ' +
    'register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter ' +
    'register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule share_memory ' +
    'state_dict to to_empty train training type xpu zero_grad T_destination compute normalized initialise'
  ).split(' '),
);

export class Modules {
  readonly #root: Branch = { children: new Map() };

  /** Registers a module under a name relative to its class; an expression that reaches it. */
  add(path: readonly string[], made: Code): string {
    let at = this.#root;
    for (const part of path) {
      const next = at.children.get(part) ?? { children: new Map() };
      at.children.set(part, next);
      at = next;
    }
    at.made ??= made;
    return this.#placeholder(path);
  }

  /** Stands for the module until all are known: how a child is reached depends on its siblings. */
  #placeholder(path: readonly string[]): string {
    return `‹${path.join('/')}›`;
  }

  /** The text with placeholders replaced. */
  resolved(text: string): string {
    return text.replaceAll(/‹([^›]*)›/g, (_, path: string) => this.reach(path.split('/')));
  }

  reach(path: readonly string[]): string {
    let text = 'self';
    let at = this.#root;
    for (const part of path) {
      text = childText(text, at, part);
      at = at.children.get(part)!;
    }
    return text;
  }

  /** The children of a `ModuleList`, in their order. */
  listAt(path: readonly string[]): readonly string[] | undefined {
    const branch = path.reduce<Branch | undefined>((at, part) => at?.children.get(part), this.#root);
    return branch && containerOf(branch) === 'list' ? [...branch.children.keys()] : undefined;
  }

  /** The statements of `__init__`; `expand` says what makes a module. */
  lines(expand: (made: Code) => Code): Code[] {
    const root = expanded(this.#root, expand);
    if (!this.isList)
      return [
        ['super().__init__()'],
        ...[...root.children].flatMap(([name, branch]) => linesOf('self', root, name, branch)),
      ];
    const modules = [...root.children.values()];
    const inner = [...root.children].flatMap(([name, { children }]) =>
      [...children].flatMap(([next, branch]) => linesOf(`self[${name}]`, root.children.get(name)!, next, branch)),
    );
    return [
      code`super().__init__(${listText(
        modules.map(({ made }) => made!),
        true,
      )})`,
      ...inner,
    ];
  }

  /** The class is a list of modules itself: they have no other names than numbers. */
  get isList(): boolean {
    return containerOf(this.#root) === 'list';
  }

  get base(): string {
    return this.isList ? 'nn.ModuleList' : 'nn.Module';
  }
}

function expanded({ made, children }: Branch, expand: (made: Code) => Code): Branch {
  const inner = new Map([...children].map(([name, child]) => [name, expanded(child, expand)]));
  return { ...(made && { made: expand(made) }), children: inner };
}

type Container = 'list' | 'dict' | 'module';

function containerOf({ made, children }: Branch): Container {
  const names = [...children.keys()];
  if (made || names.length === 0 || !names.every((name) => /^\d+$/.test(name))) return 'module';
  return names.every((name, k) => name === `${k}`) && [...children.values()].every((child) => child.made)
    ? 'list'
    : 'dict';
}

function childText(parent: string, branch: Branch, name: string): string {
  const own = containerOf(branch);
  // A class has no keys.
  const container = own === 'dict' && parent === 'self' ? 'module' : own;
  if (container === 'list') return `${parent}[${name}]`;
  if (container === 'dict') return `${parent}["${name}"]`;
  return isIdentifier(name) && !TAKEN.has(name) ? `${parent}.${name}` : `${parent}._modules[${JSON.stringify(name)}]`;
}

function linesOf(parent: string, within: Branch, name: string, branch: Branch): Code[] {
  const place = childText(parent, within, name);
  const children = [...branch.children];
  const container = containerOf(branch);
  const rest = (skipped: boolean) =>
    children.flatMap(([child, one]) =>
      skipped && one.made
        ? [...one.children].flatMap(([next, two]) => linesOf(childText(place, branch, child), one, next, two))
        : linesOf(place, branch, child, one),
    );
  if (branch.made) return [code`${place} = ${branch.made}`, ...rest(false)];
  if (container === 'list') return [code`${place} = ${listText(children.map(([, one]) => one.made!))}`, ...rest(true)];
  if (container === 'dict') {
    const ready = children.filter(([, one]) => one.made);
    const entries = ready.flatMap(([child, one]) => code`    "${child}": ${one.made!},\n`);
    return [
      ready.length > 0 ? code`${place} = nn.ModuleDict({\n${entries}})` : code`${place} = nn.ModuleDict()`,
      ...rest(true),
    ];
  }
  return [code`${place} = nn.Module()`, ...rest(false)];
}

/** Runs of equal modules are written once. */
function listText(modules: readonly Code[], bare = false): Code {
  const runs: { made: Code; count: number }[] = [];
  for (const made of modules) {
    const last = runs.at(-1);
    if (last && textOf(last.made) === textOf(made) && JSON.stringify(last.made) === JSON.stringify(made)) last.count++;
    else runs.push({ made, count: 1 });
  }
  if (runs.length === 1 && runs[0]!.count > 1)
    return code`${bare ? '' : 'nn.ModuleList('}${runs[0]!.made} for _ in range(${runs[0]!.count})${bare ? '' : ')'}`;
  const parts = runs.map(({ made, count }) =>
    count > 1 ? code`    *(${made} for _ in range(${count})),\n` : code`    ${made},\n`,
  );
  return code`${bare ? '' : 'nn.ModuleList('}[\n${parts.flat()}]${bare ? '' : ')'}`;
}
