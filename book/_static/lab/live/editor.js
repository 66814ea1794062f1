/**
 * The editor of a live cell: CodeMirror 6, fetched when the first cell is edited or run.
 * @module lab/live/editor
 */

const BUNDLE = "vendor/codemirror/codemirror.js";
/** @type {Promise<any> | null} */
let loading = null;

/** Fetch the editor, once. @param {string} files the address of `_static/` */
export async function loadEditor(files) {
  loading ||= import(new URL(BUNDLE, files).href);
  try {
    return await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
}

/**
 * @param {any} kit what {@link loadEditor} gave
 * @param {{ parent: HTMLElement, code: string, label: string, hint: string, lines?: number, onChange: (code: string) => void,
 *           onRun: () => void }} options `hint` is the id of the text that says how to leave it
 */
export function createEditor(kit, { parent, code, label, hint, lines, onChange, onRun }) {
  const { EditorState, EditorView, StateEffect, StateField, Decoration } = kit;
  const setMark = StateEffect.define();
  const marks = StateField.define({
    create: () => Decoration.none,
    update(value, transaction) {
      let now = transaction.docChanged ? Decoration.none : value;
      for (const effect of transaction.effects) if (effect.is(setMark)) now = effect.value;
      return now;
    },
    provide: (field) => EditorView.decorations.from(field),
  });
  const run = () => { onRun(); return true; };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: code,
      extensions: [
        kit.lineNumbers(), kit.history(), kit.drawSelection(), kit.indentOnInput(), kit.bracketMatching(), kit.closeBrackets(),
        kit.highlightSpecialChars(), kit.indentUnit.of("  "), EditorState.tabSize.of(2),
        new kit.LanguageSupport(kit.javascriptLanguage), kit.syntaxHighlighting(highlighting(kit)),
        kit.Prec.highest(kit.keymap.of([{ key: "Mod-Enter", run }, { key: "Shift-Enter", run }])),
        kit.keymap.of([...kit.closeBracketsKeymap, ...kit.defaultKeymap, ...kit.historyKeymap, kit.indentWithTab]),
        marks, look(EditorView, lines),
        EditorView.contentAttributes.of({
          "aria-label": label, "aria-describedby": hint, tabindex: "0", autocapitalize: "off", autocorrect: "off", spellcheck: "false",
        }),
        EditorView.updateListener.of((update) => { if (update.docChanged) onChange(update.state.doc.toString()); }),
      ],
    }),
  });
  return {
    get code() { return view.state.doc.toString(); },
    set code(text) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }); },
    focus() { view.focus(); },
    /** Mark a line (from 1), or none. */
    mark(line) {
      const known = line >= 1 && line <= view.state.doc.lines;
      const mark = known ? Decoration.set([
        Decoration.line({ class: "live-error-line" }).range(view.state.doc.line(line).from),
      ]) : Decoration.none;
      view.dispatch({ effects: setMark.of(mark) });
    },
    /** Put the cursor into a line (from 1) and a column (from 0). */
    goTo(line, column = 0) {
      if (line < 1 || line > view.state.doc.lines) return;
      const { from, to } = view.state.doc.line(line);
      view.dispatch({ selection: { anchor: Math.min(to, from + column) }, scrollIntoView: true });
      view.focus();
    },
    destroy() { view.destroy(); },
  };
}

function highlighting({ HighlightStyle, tags }) {
  const color = (name) => ({ color: `var(--lab-${name})` });
  return HighlightStyle.define([
    { tag: [tags.keyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword, tags.operatorKeyword], ...color("purple") },
    { tag: [tags.string, tags.special(tags.string), tags.regexp], ...color("green") },
    { tag: [tags.number, tags.bool, tags.null, tags.atom], ...color("orange") },
    { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], ...color("blue") },
    { tag: [tags.comment], ...color("grey"), fontStyle: "italic" },
    { tag: [tags.invalid], ...color("red") },
  ]);
}

function look(EditorView, lines) {
  return EditorView.theme({
    "&": { backgroundColor: "transparent", color: "var(--lab-ink)", fontSize: "inherit" },
    "&.cm-focused": { outline: "2px solid var(--lab-blue)", outlineOffset: "-2px" },
    ".cm-scroller": { fontFamily: "inherit", lineHeight: "inherit", overflow: "auto", padding: "0.7rem 0", ...(lines ? { maxHeight: `${lines * 1.5 + 1.2}em` } : {}) },
    ".cm-content": { padding: "0", caretColor: "var(--lab-ink)" },
    ".cm-line": { padding: "0 0.8rem 0 0.4rem" },
    ".cm-gutters": { backgroundColor: "var(--pst-color-background, var(--lab-paper))", color: "var(--lab-grey)", border: "0" },
    ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.3rem 0 0.6rem", minWidth: "1.6rem" },
    ".cm-cursor": { borderLeftColor: "var(--lab-ink)" },
    ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
      backgroundColor: "color-mix(in srgb, var(--lab-blue) 28%, var(--lab-paper))",
    },
    "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--lab-green) 25%, var(--lab-paper))" },
    "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "color-mix(in srgb, var(--lab-red) 25%, var(--lab-paper))" },
  });
}
