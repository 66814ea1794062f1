/**
 * The names in a syntax tree (ESTree, as acorn makes it): declared at the top level, taken from outside.
 * @module lab/live/names
 */

/** The names that a pattern binds: `{ a, b: [c = 1, ...d] }` binds a, c and d. @returns {string[]} */
export function patternNames(node) {
  switch (node?.type) {
    case "Identifier": return [node.name];
    case "ObjectPattern": return node.properties.flatMap((one) => patternNames(one.value ?? one.argument));
    case "ArrayPattern": return node.elements.flatMap(patternNames);
    case "AssignmentPattern": return patternNames(node.left);
    case "RestElement": return patternNames(node.argument);
    default: return [];
  }
}

/** What a program declares at its top level, with the kind. @returns {Map<string, string>} */
export function declaredNames(tree) {
  const found = new Map();
  for (const node of tree.body) {
    if (node.type === "VariableDeclaration") {
      for (const one of node.declarations) for (const name of patternNames(one.id)) found.set(name, node.kind);
    } else if (node.type === "FunctionDeclaration") found.set(node.id.name, "function");
    else if (node.type === "ClassDeclaration") found.set(node.id.name, "class");
    else if (node.type === "ImportDeclaration") for (const one of node.specifiers) found.set(one.local.name, "const");
  }
  return found;
}

/** The `var` declarations inside blocks and loops, which belong to the top level. @returns {Array<[string, any[]]>} */
export function nestedVars(tree) {
  const found = new Map();
  const visit = (node, isTop) => {
    if (isFunction(node)) return;
    if (node.type === "VariableDeclaration" && node.kind === "var" && !isTop) {
      const names = node.declarations.flatMap((one) => patternNames(one.id));
      names.forEach((name, index) => found.set(name, [...(found.get(name) ?? []), ...(index ? [] : [node])]));
    }
    for (const child of children(node)) visit(child, false);
  };
  for (const node of tree.body) visit(node, true);
  return [...found];
}

/** The names that a program uses and does not declare in the place where it uses them; its own top level counts as
    outside only before it. @returns {Set<string>} */
export function freeNames(tree) {
  const found = new Set();
  const visit = (node, scopes) => {
    if (!node) return;
    if (node.type === "Identifier") {
      if (!scopes.some((scope) => scope.has(node.name))) found.add(node.name);
      return;
    }
    const inner = opened(node);
    const now = inner ? [inner, ...scopes] : scopes;
    for (const child of references(node)) visit(child, now);
  };
  visit(tree, []);
  return found;
}

const SKIPPED = new Set(["type", "start", "end", "loc", "range"]);

/** All nodes directly under a node. */
function children(node) {
  const found = [];
  for (const [key, value] of Object.entries(node)) {
    if (SKIPPED.has(key)) continue;
    for (const one of Array.isArray(value) ? value : [value]) if (typeof one?.type === "string") found.push(one);
  }
  return found;
}

/** The nodes under a node in which names stand for values: no property's name, no label. */
function references(node) {
  switch (node.type) {
    case "MemberExpression": return node.computed ? [node.object, node.property] : [node.object];
    case "Property":
    case "MethodDefinition":
    case "PropertyDefinition": return node.computed ? [node.key, node.value] : [node.value];
    case "LabeledStatement": return [node.body];
    case "BreakStatement":
    case "ContinueStatement":
    case "MetaProperty":
    case "ImportDeclaration": return [];
    default: return children(node);
  }
}

/** The names that begin to hold inside a node, or null where none do. */
function opened(node) {
  if (isFunction(node)) {
    const own = [...node.params.flatMap(patternNames), "arguments", ...(node.id ? [node.id.name] : [])];
    return new Set([...own, ...(node.body.type === "BlockStatement" ? varNames(node.body) : [])]);
  }
  switch (node.type) {
    case "Program": return new Set([...declaredNames(node).keys(), ...nestedVars(node).map(([name]) => name)]);
    case "BlockStatement":
    case "StaticBlock": return new Set(blockNames(node.body));
    case "SwitchStatement": return new Set(node.cases.flatMap((one) => blockNames(one.consequent)));
    case "ForStatement": return new Set(blockNames([node.init]));
    case "ForInStatement":
    case "ForOfStatement": return new Set(blockNames([node.left]));
    case "CatchClause": return new Set(patternNames(node.param));
    case "ClassExpression":
    case "ClassDeclaration": return new Set(node.id ? [node.id.name] : []);
    default: return null;
  }
}

function blockNames(body) {
  return [...declaredNames({ body: body.filter(Boolean) }).keys()];
}

function varNames(block) {
  return [...blockNames(block.body), ...nestedVars(block).map(([name]) => name)];
}

function isFunction(node) {
  return /Function(Declaration|Expression)$/.test(node.type);
}
