"""Long work: jobs are rows in the store (`queue`), run by one elected worker or by the command line (`worker`)."""
