//! Where which mistake can be made.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Pair;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprForLoop, ExprMethodCall, Pat, Stmt};

use crate::{Mutant, Operator};

/// Whoever waits for these, goes on after them: a line that announces one stands before it.
const ANNOUNCED: [&str; 11] = [
    "put",
    "send",
    "set",
    "clear",
    "task_done",
    "start",
    "terminate",
    "kill",
    "close",
    "apply",
    "apply_async",
];

/// All mutants of a program, in the order of its lines.
///
/// # Errors
/// If it is not Rust.
pub fn mutants(source: &str) -> syn::Result<Vec<Mutant>> {
    let mut finder = Finder { source, found: Vec::new() };
    finder.visit_file(&syn::parse_file(source)?);
    finder.found.sort_by_key(|mutant| mutant.line);
    Ok(finder.found)
}

struct Finder<'s> {
    source: &'s str,
    found: Vec<Mutant>,
}

impl Finder<'_> {
    /// Adds the mutant that has each of these texts replaced.
    fn add(&mut self, operator: Operator, edits: &[(Range<usize>, &str)], diff: String) {
        let mut source = self.source.to_owned();
        // The last one first, so that the places of the others stay right.
        let mut edits = edits.to_vec();
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, text) in &edits {
            source.replace_range(range.clone(), text);
        }
        let first = edits.last().map_or(0, |(range, _)| range.start);
        let line = self.source[..first].matches('\n').count() + 1;
        self.found.push(Mutant { operator, line, diff, source });
    }

    fn replace(&mut self, operator: Operator, what: &impl Spanned, by: &str) {
        let diff = format!("{} -> {}", self.in_a_line(what), by.trim());
        self.add(operator, &[(place(what), by)], diff);
    }

    fn text(&self, of: &impl Spanned) -> &str {
        &self.source[place(of)]
    }

    fn in_a_line(&self, of: &impl Spanned) -> String {
        self.text(of).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn remove(&mut self, operator: Operator, statement: &Stmt) {
        let diff = format!("- {}", self.in_a_line(statement));
        self.add(operator, &[(place(statement), "")], diff);
    }

    /// `child.start()?.join()?;` loses its join, `child.join()?;` is gone altogether.
    fn without_operation(&mut self, statement: &Stmt) {
        let Some(operator) = operation(statement) else { return };
        if let Stmt::Expr(expr, _) = statement
            && let Expr::MethodCall(call) = without_question_mark(expr)
            && operator_of(call) == Some(operator)
            && let Expr::MethodCall(_) = without_question_mark(&call.receiver)
        {
            let cut = place(&call.receiver).end..place(expr).end;
            let diff = format!("- {}", &self.source[cut.clone()]);
            return self.add(operator, &[(cut, "")], diff);
        }
        self.remove(operator, statement);
    }

    /// Without the process that is started here, and whatever in this block uses it.
    fn without_process(&mut self, statement: &Stmt, rest: &[Stmt]) {
        if !calls(statement).starts {
            return;
        }
        let mut names = names_in(statement);
        let mut edits = vec![(place(statement), "")];
        for user in rest {
            if !names.iter().any(|name| mentions(self.text(user), name)) {
                continue;
            }
            if matches!(user, Stmt::Expr(_, None)) && !is_like_a_block(user) {
                return; // The value of the block needs it.
            }
            names.extend(names_in(user));
            edits.push((place(user), ""));
        }
        let users = match edits.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more that use it)"),
        };
        let diff = format!("- {}{users}", self.in_a_line(statement));
        self.add(Operator::Process, &edits, diff);
    }

    fn swapped(&mut self, first: &Stmt, second: &Stmt) {
        let never = |it: &Stmt| match it {
            Stmt::Item(_) => true,
            // No line depends on a pause: that is what the lessons say.
            Stmt::Expr(Expr::Call(call), _) if path_of(&call.func) == "pause" => true,
            Stmt::Expr(_, None) => !is_like_a_block(it),
            _ => false,
        };
        let uses = |name: &String| mentions(self.text(second), name);
        if never(first) || never(second) || names_in(first).iter().any(uses) {
            return;
        }
        let is_line = matches!(first, Stmt::Macro(line) if line.mac.path.is_ident("say"));
        let announces = |name: &&str| self.text(second).contains(&format!(".{name}("));
        let operator = match is_line && ANNOUNCED.iter().any(announces) {
            true => Operator::Announced,
            false => Operator::Swap,
        };
        let (one, other) = (self.text(first).to_owned(), self.text(second).to_owned());
        let diff = format!("{} <-> {}", self.in_a_line(first), self.in_a_line(second));
        self.add(operator, &[(place(first), &other), (place(second), &one)], diff);
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_block(&mut self, block: &'ast Block) {
        for (at, statement) in block.stmts.iter().enumerate() {
            self.without_operation(statement);
            self.without_process(statement, &block.stmts[at + 1..]);
            if let Some(next) = block.stmts.get(at + 1) {
                self.swapped(statement, next);
            }
        }
        visit::visit_block(self, block);
    }

    /// One process less of several in a row.
    fn visit_expr_array(&mut self, array: &'ast syn::ExprArray) {
        for element in array.elems.pairs() {
            let mut calls = Calls::default();
            calls.visit_expr(element.value());
            if calls.starts && array.elems.len() > 1 {
                let comma = matches!(element, Pair::Punctuated(..));
                let end = place(&element).end;
                let cut = place(element.value()).start..end;
                debug_assert!(!comma || self.source[..end].ends_with(','));
                let diff = format!("- {}", self.in_a_line(&element));
                self.add(Operator::Process, &[(cut, "")], diff);
            }
        }
        visit::visit_expr_array(self, array);
    }

    /// Once less, where all that a loop does is one operation, or where it starts processes.
    fn visit_expr_for_loop(&mut self, it: &'ast ExprForLoop) {
        let only = match &*it.body.stmts {
            [only] => operation(only),
            _ => None,
        };
        let starts = it.body.stmts.iter().any(|statement| calls(statement).starts);
        if let Some(operator) = only.or(starts.then_some(Operator::Process)) {
            let by = format!("({}).into_iter().skip(1)", self.text(&it.expr));
            self.replace(operator, &*it.expr, &by);
        }
        visit::visit_expr_for_loop(self, it);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "try_get" {
            let queue = self.text(&call.receiver);
            let end = place(call).end;
            // With the question mark, for both may fail.
            if self.source[end..].starts_with('?') {
                let by =
                    format!("(if {queue}.is_empty() {{ None }} else {{ Some({queue}.get()?) }})");
                let diff = format!("{}? -> {by}", self.in_a_line(call));
                self.add(Operator::Look, &[(place(call).start..end + 1, &by)], diff);
            }
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let (function, bound) = (path_of(&call.func), call.args.first());
        let is_pool = function == "Pool::new";
        if let (true, Some(Expr::Lit(bound))) = (is_pool || function.ends_with("::bounded"), bound)
            && let syn::Lit::Int(number) = &bound.lit
            && let Ok(number) = number.base10_parse::<usize>()
        {
            for other in [number.checked_sub(1), Some(number + 1)].into_iter().flatten() {
                let diff = format!("{function}({number}) -> {function}({other})");
                self.add(Operator::Bound, &[(place(bound), &other.to_string())], diff);
            }
            if !is_pool {
                self.replace(
                    Operator::Bound,
                    call,
                    &function.replace("::bounded", "::unbounded()"),
                );
            }
        }
        visit::visit_expr_call(self, call);
    }
}

/// What a statement calls itself: not in a block or closure inside of it, nor for an element of a list.
#[derive(Default)]
struct Calls {
    operation: Option<Operator>,
    starts: bool,
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_block(&mut self, _: &'ast Block) {}
    fn visit_expr_closure(&mut self, _: &'ast syn::ExprClosure) {}
    fn visit_expr_array(&mut self, _: &'ast syn::ExprArray) {}

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.operation = self.operation.or(operator_of(call));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.starts |=
            ["Process::new", "Process::of", "Spawn::new"].contains(&&*path_of(&call.func));
        visit::visit_expr_call(self, call);
    }
}

fn calls(statement: &Stmt) -> Calls {
    let mut calls = Calls::default();
    calls.visit_stmt(statement);
    calls
}

/// The operation that this statement is there for: nobody uses what it gives.
fn operation(statement: &Stmt) -> Option<Operator> {
    let is_only_that = match statement {
        Stmt::Expr(_, Some(_)) => !is_like_a_block(statement),
        // A guard, held for as long as the block takes.
        Stmt::Local(_) => names_in(statement).iter().all(|name| name.starts_with('_')),
        _ => false,
    };
    calls(statement).operation.filter(|_| is_only_that)
}

fn operator_of(call: &ExprMethodCall) -> Option<Operator> {
    let is_pill = call.args.first().is_some_and(|message| path_of(message) == "None");
    Some(match &*call.method.to_string() {
        "join" => Operator::Join,
        "wait" | "get" | "recv" => Operator::Wait,
        "put" | "send" if is_pill => Operator::Pill,
        "put" | "send" => Operator::Put,
        "set" | "clear" | "fetch_add" => Operator::Set,
        "task_done" => Operator::Done,
        "lock" => Operator::Lock,
        "close" | "terminate" | "kill" => Operator::End,
        _ => return None,
    })
}

fn is_like_a_block(statement: &Stmt) -> bool {
    let Stmt::Expr(expr, _) = statement else { return false };
    matches!(
        expr,
        Expr::ForLoop(_)
            | Expr::While(_)
            | Expr::Loop(_)
            | Expr::If(_)
            | Expr::Match(_)
            | Expr::Block(_)
    )
}

fn without_question_mark(expr: &Expr) -> &Expr {
    if let Expr::Try(it) = expr { &it.expr } else { expr }
}

/// As in `Queue::bounded`; without type arguments.
fn path_of(expr: &Expr) -> String {
    let Expr::Path(it) = expr else { return String::new() };
    let segments = it.path.segments.iter().map(|segment| segment.ident.to_string());
    segments.collect::<Vec<_>>().join("::")
}

/// The names that a statement brings.
fn names_in(statement: &Stmt) -> Vec<String> {
    #[derive(Default)]
    struct Names(Vec<String>);
    impl<'ast> Visit<'ast> for Names {
        fn visit_pat_ident(&mut self, name: &'ast syn::PatIdent) {
            self.0.push(name.ident.to_string());
        }
    }
    let mut names = Names::default();
    if let Stmt::Local(local) = statement {
        let pat = if let Pat::Type(typed) = &local.pat { &typed.pat } else { &local.pat };
        names.visit_pat(pat);
    }
    names.0
}

/// Does it use this name, be it in a text such as "{name}"?
fn mentions(text: &str, name: &str) -> bool {
    text.parse().is_ok_and(|tokens| is_in(tokens, name))
}

fn is_in(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => is_in(group.stream(), name),
        TokenTree::Literal(text) => {
            let text = text.to_string();
            ["}", ":"].iter().any(|end| text.contains(&format!("{{{name}{end}")))
        }
        TokenTree::Punct(_) => false,
    })
}

fn place(of: &impl Spanned) -> Range<usize> {
    of.span().byte_range()
}
