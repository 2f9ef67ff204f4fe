//! Reads a template: the text, the control words and what they enclose. What stands inside one action is read in
//! `expression.rs`.

use super::{
    NAME,
    lexer::{Kind, Lexer, Token},
    number::unquote,
    tree::{Call, Op, Pipe, Templates, is_empty},
};
use knarr_api::quote::quote;

/// Why a template can't be read, in Go's words.
pub type Fault = String;

/// The functions that templates may call.
pub type IsFunction = fn(&str) -> bool;

/// Reads one text into the templates it defines.
pub fn parse(text: &str, is_function: IsFunction) -> Result<Templates, Fault> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        tree: Tree::new(NAME.to_owned(), Purpose::Main),
        outer: Vec::new(),
        templates: Templates::new(),
        is_function,
    };
    parser.run()?;
    Ok(parser.templates)
}

pub struct Parser<'s> {
    lexer: Lexer<'s>,
    /// The template that is being read.
    pub tree: Tree<'s>,
    /// The templates it stands in.
    outer: Vec<Tree<'s>>,
    templates: Templates,
    pub is_function: IsFunction,
}

/// A template that is being read. Each looks ahead for itself, as Go's do: its messages give the line it last read.
pub struct Tree<'s> {
    name: String,
    purpose: Purpose,
    tokens: [Token<'s>; 3],
    peeked: usize,
    /// The variables that exist.
    pub variables: Vec<String>,
    /// How many loops the text is in.
    loops: usize,
    /// Where the current action began; 0 between actions.
    action_line: usize,
    /// How many parentheses the expression is in.
    pub depth: usize,
    ops: Vec<Op>,
    open: Vec<Open>,
}

enum Purpose {
    Main,
    Define,
    /// Is called where it stands.
    Block {
        position: usize,
        pipe: Pipe,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    If,
    With,
    Range,
}

impl Control {
    fn name(self) -> &'static str {
        match self {
            Control::If => "if",
            Control::With => "with",
            Control::Range => "range",
        }
    }
}

/// A control word whose `end` is still to come.
struct Open {
    control: Control,
    /// Its own operation.
    start: usize,
    /// The operation that leaves its first branch, once the second has begun.
    leave: Option<usize>,
    /// How many variables there were before it.
    variables: usize,
    /// Whether it is an `else if`, which ends what it stands in with its own end.
    chained: bool,
}

impl<'s> Tree<'s> {
    fn new(name: String, purpose: Purpose) -> Self {
        Tree {
            name,
            purpose,
            tokens: [Token::none(), Token::none(), Token::none()],
            peeked: 0,
            variables: vec!["$".to_owned()],
            loops: 0,
            action_line: 0,
            depth: 0,
            ops: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl<'s> Parser<'s> {
    fn run(&mut self) -> Result<(), Fault> {
        loop {
            let at_top = self.tree.open.is_empty() && matches!(self.tree.purpose, Purpose::Main);
            match self.peek_non_space().kind {
                Kind::Eof if at_top => return self.finish(),
                Kind::Eof => return Err(self.fault("unexpected EOF")),
                Kind::LeftDelim if at_top => {
                    let delimiter = self.next();
                    if self.next_non_space().kind == Kind::Define {
                        self.definition()?;
                        continue;
                    }
                    self.back_up_two(delimiter);
                }
                _ => {}
            }
            self.text_or_action()?;
        }
    }

    fn text_or_action(&mut self) -> Result<(), Fault> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Text => self.tree.ops.push(Op::Text(token.text.into_owned())),
            Kind::LeftDelim => {
                self.tree.action_line = token.line;
                self.action()?;
            }
            _ => return Err(self.unexpected(&token, "input")),
        }
        Ok(())
    }

    fn action(&mut self) -> Result<(), Fault> {
        let token = self.next_non_space();
        match token.kind {
            Kind::If => return self.open(Control::If, false),
            Kind::With => return self.open(Control::With, false),
            Kind::Range => return self.open(Control::Range, false),
            Kind::Block => return self.block(),
            Kind::Break => self.leave_loop(Op::Break, "{{break}}")?,
            Kind::Continue => self.leave_loop(Op::Continue, "{{continue}}")?,
            Kind::Else => return self.otherwise(),
            Kind::End => return self.end(),
            Kind::Template => self.call()?,
            _ => {
                self.back_up();
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                self.tree.ops.push(Op::Print(pipe));
            }
        }
        self.tree.action_line = 0;
        Ok(())
    }

    fn open(&mut self, control: Control, chained: bool) -> Result<(), Fault> {
        let variables = self.tree.variables.len();
        let pipe = self.pipeline(control.name(), Kind::RightDelim)?;
        let start = self.tree.ops.len();
        self.tree.ops.push(match control {
            Control::Range => {
                self.tree.loops += 1;
                Op::Range {
                    pipe,
                    otherwise: 0,
                    after: 0,
                }
            }
            _ => Op::If {
                pipe,
                with: control == Control::With,
                otherwise: 0,
            },
        });
        self.tree.open.push(Open {
            control,
            start,
            leave: None,
            variables,
            chained,
        });
        Ok(())
    }

    fn otherwise(&mut self) -> Result<(), Fault> {
        let next = self.peek_non_space();
        if !matches!(next.kind, Kind::If | Kind::With) {
            self.expect(&[Kind::RightDelim], "else")?;
        }
        self.tree.action_line = 0;
        let Some(control) = self.tree.open.last().map(|open| (open.control, open.leave)) else {
            return Err(self.stray("{{else}}"));
        };
        let (control, None) = control else {
            return Err(self.fault("expected end; found {{else}}"));
        };
        self.second_branch();
        let chained = matches!(
            (control, next.kind),
            (Control::If, Kind::If) | (Control::With, Kind::With)
        );
        if chained {
            self.next_non_space();
            self.open(control, true)?;
        }
        Ok(())
    }

    /// Ends the first branch of what was opened last.
    fn second_branch(&mut self) {
        let tree = &mut self.tree;
        let Some(open) = tree.open.last_mut() else {
            return;
        };
        open.leave = Some(tree.ops.len());
        if open.control == Control::Range {
            tree.loops -= 1;
            tree.ops.push(Op::Next);
        } else {
            tree.ops.push(Op::Leave(0));
        }
        let second = tree.ops.len();
        if let Op::If { otherwise, .. } | Op::Range { otherwise, .. } = &mut tree.ops[open.start] {
            *otherwise = second;
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.expect(&[Kind::RightDelim], "end")?;
        self.tree.action_line = 0;
        if self.tree.open.is_empty() {
            return match self.tree.purpose {
                Purpose::Main => Err(self.fault("unexpected {{end}}")),
                _ => self.finish_inner(),
            };
        }
        let mut chained = true;
        while chained {
            if self
                .tree
                .open
                .last()
                .is_some_and(|open| open.leave.is_none())
            {
                self.second_branch();
            }
            let tree = &mut self.tree;
            let Some(open) = tree.open.pop() else { break };
            let end = tree.ops.len() + 1;
            tree.ops.push(Op::Leave(end));
            if let Some(Op::Leave(target)) = open.leave.map(|leave| &mut tree.ops[leave]) {
                *target = end;
            }
            if let Op::Range { after, .. } = &mut tree.ops[open.start] {
                *after = end;
            }
            tree.variables.truncate(open.variables);
            chained = open.chained;
        }
        Ok(())
    }

    fn leave_loop(&mut self, op: Op, name: &str) -> Result<(), Fault> {
        let token = self.next_non_space();
        if token.kind != Kind::RightDelim {
            return Err(self.unexpected(&token, name));
        }
        if self.tree.loops == 0 {
            return Err(self.fault(&format!("{name} outside {{{{range}}}}")));
        }
        self.tree.ops.push(op);
        Ok(())
    }

    fn call(&mut self) -> Result<(), Fault> {
        let context = "template clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let mut pipe = None;
        if self.next_non_space().kind != Kind::RightDelim {
            self.back_up();
            pipe = Some(self.pipeline(context, Kind::RightDelim)?);
        }
        self.tree.ops.push(Op::Call(Call {
            position: token.position,
            name,
            pipe,
        }));
        Ok(())
    }

    fn definition(&mut self) -> Result<(), Fault> {
        self.enter(Tree::new("definition".to_owned(), Purpose::Define));
        let context = "define clause";
        let token = self.expect(&[Kind::String, Kind::RawString], context)?;
        self.tree.name = self.unquoted(&token)?;
        self.expect(&[Kind::RightDelim], context)?;
        Ok(())
    }

    fn block(&mut self) -> Result<(), Fault> {
        let context = "block clause";
        let token = self.next_non_space();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let position = token.position;
        self.enter(Tree::new(name, Purpose::Block { position, pipe }));
        Ok(())
    }

    fn enter(&mut self, inner: Tree<'s>) {
        self.outer.push(std::mem::replace(&mut self.tree, inner));
    }

    /// Goes back to the template that the one just read stands in.
    fn finish_inner(&mut self) -> Result<(), Fault> {
        self.finish()?;
        let Some(outer) = self.outer.pop() else {
            return Ok(());
        };
        let inner = std::mem::replace(&mut self.tree, outer);
        if let Purpose::Block { position, pipe } = inner.purpose {
            self.tree.ops.push(Op::Call(Call {
                position,
                name: inner.name,
                pipe: Some(pipe),
            }));
            self.tree.action_line = 0;
        }
        Ok(())
    }

    /// Keeps the template that has been read. An empty one gives way to one that is not.
    fn finish(&mut self) -> Result<(), Fault> {
        let name = self.tree.name.clone();
        let empty = is_empty(&self.tree.ops);
        match self.templates.get(&name) {
            Some(there) if !is_empty(there) && empty => {}
            Some(there) if !is_empty(there) => {
                let text = format!("template: multiple definition of template {}", quote(&name));
                return Err(self.fault(&text));
            }
            _ => {
                let ops = std::mem::take(&mut self.tree.ops);
                self.templates.insert(name, ops);
            }
        }
        Ok(())
    }

    fn template_name(&self, token: &Token<'_>, context: &str) -> Result<String, Fault> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquoted(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn unquoted(&self, token: &Token<'_>) -> Result<String, Fault> {
        let name = unquote(&token.text).map_err(|error| self.fault(&error))?;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// `{{else}}` with nothing open.
    fn stray(&self, what: &str) -> Fault {
        self.fault(&match self.tree.purpose {
            Purpose::Main => format!("unexpected {what}"),
            Purpose::Define => format!("unexpected {what} in define clause"),
            Purpose::Block { .. } => format!("unexpected {what} in block clause"),
        })
    }

    pub fn fault(&self, text: &str) -> Fault {
        format!("template: {NAME}:{}: {text}", self.tree.tokens[0].line)
    }

    pub fn unexpected(&self, token: &Token<'_>, context: &str) -> Fault {
        if token.kind != Kind::Error {
            return self.fault(&format!("unexpected {token} in {context}"));
        }
        let line = self.tree.action_line;
        if line == 0 || line == token.line {
            return self.fault(&token.text);
        }
        let action = match token.text.ends_with(" action") {
            true => "",
            false => " in action",
        };
        self.fault(&format!("{token}{action} started at {NAME}:{line}"))
    }

    fn expect(&mut self, kinds: &[Kind], context: &str) -> Result<Token<'s>, Fault> {
        let token = self.next_non_space();
        match kinds.contains(&token.kind) {
            true => Ok(token),
            false => Err(self.unexpected(&token, context)),
        }
    }

    pub fn next(&mut self) -> Token<'s> {
        if self.tree.peeked > 0 {
            self.tree.peeked -= 1;
        } else {
            self.tree.tokens[0] = self.lexer.next_token();
        }
        self.tree.tokens[self.tree.peeked].clone()
    }

    pub fn peek(&mut self) -> Token<'s> {
        let token = self.next();
        self.back_up();
        token
    }

    pub fn next_non_space(&mut self) -> Token<'s> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    pub fn peek_non_space(&mut self) -> Token<'s> {
        let token = self.next_non_space();
        self.back_up();
        token
    }

    pub fn back_up(&mut self) {
        self.tree.peeked += 1;
    }

    /// Gives back `token` and the one read after it.
    pub fn back_up_two(&mut self, token: Token<'s>) {
        self.tree.tokens[1] = token;
        self.tree.peeked = 2;
    }

    /// Gives back `token`, `second` and the one read after them.
    pub fn back_up_three(&mut self, token: Token<'s>, second: Token<'s>) {
        self.tree.tokens[1] = second;
        self.tree.tokens[2] = token;
        self.tree.peeked = 3;
    }
}
