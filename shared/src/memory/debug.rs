//! What `{:?}` shows of the crate's types.

/// Shows a value by the name of its type and by what tells it from others, such as the number of a
/// shared object. Nothing is demanded of what it carries, so `derive` will not do.
macro_rules! debug {
    ($name:ident $(<$($generic:tt),+>)?, |$value:ident| $($field:ident: $shown:expr),+) => {
        impl $(<$($generic),+>)? std::fmt::Debug for $name $(<$($generic),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $value = self;
                let mut shown = f.debug_struct(stringify!($name));
                $(shown.field(stringify!($field), &$shown);)+
                shown.finish()
            }
        }
    };
}
pub(crate) use debug;
