-- What a reported file seems to be, for whoever shows it.
ALTER TABLE artifacts ADD COLUMN media_type TEXT NOT NULL DEFAULT 'application/octet-stream';
