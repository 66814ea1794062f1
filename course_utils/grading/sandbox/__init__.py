"""What confines a student's process: namespaces, file access, system calls, resources."""
