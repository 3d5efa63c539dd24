//! Which arrows say everything.

/// What leads to what, of so many marks in the order in which they came.
#[derive(Clone, Debug)]
pub struct Graph {
    leads: Vec<Vec<bool>>,
}

impl Graph {
    /// Nothing leads to anything but what `leads` says, and what follows from that.
    pub fn new(many: usize, leads: impl Fn(usize, usize) -> bool) -> Graph {
        let mut graph = Graph { leads: vec![vec![false; many]; many] };
        for to in 0..many {
            for from in (0..to).rev() {
                let between = |mark: usize| graph.leads[from][mark] && graph.leads[mark][to];
                let is_so = leads(from, to) || (from + 1..to).any(between);
                graph.leads[from][to] = is_so;
            }
        }
        graph
    }

    /// Whether the one is a cause of the other.
    pub fn leads(&self, from: usize, to: usize) -> bool {
        self.leads[from][to]
    }
}

/// The pairs that do not follow from others.
pub fn reduced(graph: &Graph) -> Vec<(usize, usize)> {
    let many = graph.leads.len();
    let follows =
        |from, to| (from + 1..to).any(|mark| graph.leads(from, mark) && graph.leads(mark, to));
    let pairs = (0..many).flat_map(|to| (0..to).map(move |from| (from, to)));
    pairs.filter(|&(from, to)| graph.leads(from, to) && !follows(from, to)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_left_out() {
        let pairs = [(0, 1), (1, 3), (0, 3), (2, 3)];
        let graph = Graph::new(5, |from, to| pairs.contains(&(from, to)));
        assert!(graph.leads(0, 3) && !graph.leads(0, 2) && !graph.leads(3, 4));
        assert_eq!(reduced(&graph), [(0, 1), (1, 3), (2, 3)]);
    }
}
