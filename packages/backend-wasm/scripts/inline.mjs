// A transform of asc: what a doc comment marks with @inline is inlined. As a decorator of a function, which is
// AssemblyScript's own spelling, the mark would be no TypeScript: neither formatter nor linter could read the file.
import { Node, NodeKind, SourceKind } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';

export default class extends Transform {
  afterParse({ sources }) {
    for (const { sourceKind, statements, text } of sources) {
      if (sourceKind !== SourceKind.User && sourceKind !== SourceKind.UserEntry) continue;
      let end = 0;
      for (const statement of statements) {
        const before = text.slice(end, statement.range.start);
        end = statement.range.end;
        if (statement.kind !== NodeKind.FunctionDeclaration || !before.includes('@inline')) continue;
        const name = Node.createIdentifierExpression('inline', statement.range);
        statement.decorators = [Node.createDecorator(name, null, statement.range)];
      }
    }
  }
}
