"""What the client and the sandbox cost, as tables; figures are ratios within one run where they can be."""
