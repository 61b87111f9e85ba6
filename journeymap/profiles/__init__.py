"""What a level is like; watching it over time; handing its customers on."""
