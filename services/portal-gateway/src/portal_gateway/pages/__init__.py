"""What people see: the portal's pages, rendered here and alive without a reload."""
