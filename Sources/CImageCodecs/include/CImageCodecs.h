int thaw_codecs_placeholder(void);
